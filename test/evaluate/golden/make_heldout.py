#!/usr/bin/env python3
"""Held-out pairs of the embedded model in VL-RewardBench's own schema, pictures inside: heldout.parquet.

    python make_heldout.py          (pyarrow; writes beside itself)

Every pair with a picture that the reference gets wrong is in it, and as many that it gets right. The ids begin as those
of the benchmark's three groups do, with the pair's own id at the end; every other row prefers the second response.
"""
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
MODEL = HERE.parents[2] / "weights" / "tiny-vl-reward"
GROUPS = {"scene": "wildvision-battle-", "bar": "mathverse_", "mm": "RLAIF-V-"}
RIGHT = 12


def main():
    reference = json.loads((MODEL / "reference_scores.json").read_text())["pairs"]
    pairs = [json.loads(line) for line in (MODEL / "heldout" / "pairs.jsonl").read_text().splitlines()]
    pictured = [pair for pair in pairs if pair.get("image")]
    margin = lambda pair: reference[pair["id"]]["bf16"][0] - reference[pair["id"]]["bf16"][1]
    wrong = [pair for pair in pictured if margin(pair) <= 0]
    right = [pair for pair in pictured if margin(pair) > 0]
    rows = []
    for i, pair in enumerate(wrong + right[:: len(right) // RIGHT][:RIGHT]):
        ranking = [i % 2, 1 - i % 2]  # ranks: 0 is the better one
        responses = [pair["chosen"], pair["rejected"]]
        picture = MODEL / pair["image"]
        rows.append({
            "id": GROUPS[pair["task"].split("_")[0]] + pair["id"], "query": "<image>\n" + pair["prompt"],
            "response": responses if ranking[0] == 0 else responses[::-1],
            "image": {"bytes": picture.read_bytes(), "path": picture.name}, "human_ranking": ranking,
            "models": ["a", "b"], "judge": "made", "rationale": "", "query_source": pair["task"], "ground_truth": "",
        })
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([
        ("id", pa.string()), ("query", pa.string()), ("response", pa.list_(pa.string())), ("image", image),
        ("human_ranking", pa.list_(pa.int64())), ("models", pa.list_(pa.string())), ("judge", pa.string()),
        ("rationale", pa.string()), ("query_source", pa.string()), ("ground_truth", pa.string()),
    ])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), HERE / "heldout.parquet", row_group_size=6)
    print(f"{len(rows)} rows, {len(wrong)} wrong by the reference, margins of {sorted(map(margin, wrong))}")


if __name__ == "__main__":
    main()
