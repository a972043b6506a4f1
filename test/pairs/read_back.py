"""Reads pairs of all four formats back with their consumers' own loaders: `datasets`, and TRL if it installs.

    python read_back.py FOLDER      (datasets, pillow; trl and transformers if there)

FOLDER holds mmpr/, trl/, llama-factory/ and ms-swift/ as `vl-reward pairs` wrote them. Outside CI: see the README of
the command's tests for what CI holds instead (the schemas).
"""

import json
import sys
from pathlib import Path

from datasets import Image, List, load_dataset

folder = Path(sys.argv[1])


def load(name):
    return load_dataset("json", data_files=str(folder / name / "pairs.jsonl"), split="train")


# TRL: pictures decode from their paths, and the row is a vision preference with an explicit prompt.
rows = load("trl").cast_column("images", List(Image()))
row = rows[0]
assert row["images"][0].size[0] > 0
assert [part["type"] for part in row["prompt"][0]["content"]] == ["image", "text"]
assert row["chosen"][0]["role"] == row["rejected"][0]["role"] == "assistant"
assert row["vl_reward"]["chosen_score"] > row["vl_reward"]["rejected_score"]
print("trl:", len(rows), "rows by datasets")
try:
    import trl
    from trl.data_utils import is_conversational

    assert is_conversational(row)
    print("trl:", trl.__version__, "sees a conversational row")
    try:
        from trl.data_utils import prepare_multimodal_messages

        prepared = prepare_multimodal_messages(row["prompt"], images=row["images"])
        kinds = [part["type"] for part in prepared[0]["content"]]
        assert kinds == ["image", "text"] and prepared[0]["content"][0]["image"].size == row["images"][0].size, prepared
        print("trl: prepare_multimodal_messages puts the picture in its place")
    except ImportError as missing:
        print("trl:", missing)
except ImportError as missing:
    print("trl does not load here:", missing)

# LLaMA-Factory: what its sharegpt converter looks up, through dataset_info.json.
info = json.loads((folder / "llama-factory" / "dataset_info.json").read_text())
(entry,) = info.values()
rows = load("llama-factory")
columns = entry["columns"]
assert entry["ranking"] and entry["formatting"] == "sharegpt" and set(columns.values()) <= set(rows.column_names)
row = rows[0]
turns = row[columns["messages"]]
assert len(turns) % 2 == 1 and [turn["from"] for turn in turns][::2] == ["human"] * ((len(turns) + 1) // 2)
assert sum(turn["value"].count("<image>") for turn in turns) == len(row[columns["images"]])
assert row[columns["chosen"]]["from"] == row[columns["rejected"]]["from"] == "gpt"
assert all(Path(image).is_file() for image in row[columns["images"]])
print("llama-factory:", len(rows), "rows")

rows = load("ms-swift")
row = rows[0]
assert row["messages"][-1]["role"] == "assistant" and row["rejected_response"] != row["messages"][-1]["content"]
assert sum(turn["content"].count("<image>") for turn in row["messages"]) == len(row["images"])
print("ms-swift:", len(rows), "rows")

# InternVL's loader: one JSON a line, found through meta.json.
(entry,) = json.loads((folder / "mmpr" / "meta.json").read_text()).values()
lines = Path(entry["annotation"]).read_text().splitlines()
assert len(lines) == entry["length"]
for line in map(json.loads, lines):
    images = line["image"] if isinstance(line.get("image"), list) else [line["image"]] if "image" in line else []
    assert all((Path(entry["root"]) / image).is_file() for image in images)
    assert line["question"].count("<image>") == len(images) and line["chosen"] != line["rejected"]
print("mmpr:", len(lines), "rows")
