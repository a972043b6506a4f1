#!/usr/bin/env python3
"""Makes the golden heads again on decoders and towers of other shapes, with their answers: odd_heads.py TOKENIZERS OUT [NAME…]

TOKENIZERS holds the folders that small_tokenizer.py made, as for heads/make.sh. Too many and too slow for the suite:

    ODD_HEADS=OUT npm test -- gpu test/golden/heads.gpu.test.ts
"""
import copy
import json
import runpy
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HEADS = HERE.parent.parent / "heads"
# Other widths, heads, layers, dtypes, layouts and files; of the head its first width is kept, so the layers change with it.
TEXT = [{"hidden_size": 72, "intermediate_size": 59, "num_hidden_layers": 3, "num_attention_heads": 3, "num_key_value_heads": 3},
        {"hidden_size": 60, "intermediate_size": 131, "num_hidden_layers": 1, "num_attention_heads": 5, "num_key_value_heads": 1}]
TOWERS = [{"hidden_size": 48, "embed_dim": 48, "intermediate_size": 50, "num_heads": 3, "depth": 3},
          {"hidden_size": 72, "embed_dim": 72, "intermediate_size": 81, "num_heads": 2, "depth": 1}]
FILES = [{"dtype": "f32", "layout": "nested", "names": "v5", "shards": 3}, {"dtype": "f16", "layout": "flat"}]


def shaped(spec: dict, i: int) -> dict:
    spec = copy.deepcopy(spec)
    old, text = spec["text"]["hidden_size"], TEXT[i]
    kind, vision = spec.get("kind", "qwen2_5_vl"), spec.get("vision")
    spec["seed"] += 1000 * (i + 1)
    spec["text"].update(text)
    head = text["hidden_size"] // text["num_attention_heads"]
    if "head_dim" in spec["text"]:
        head = spec["text"]["head_dim"] = [28, 12][i]
    if "mrope_section" in spec["text"]:
        pairs = head // 2
        spec["text"]["mrope_section"] = [pairs - 2 * (pairs // 3), pairs // 3, pairs // 3]
    if vision:
        vision.update({k: v for k, v in TOWERS[i].items() if k in vision})
        for name in ("fullatt_block_indexes", "deepstack_visual_indexes"):
            if name in vision:
                vision[name] = [vision["depth"] - 1]
    files = dict(FILES[i])
    if kind == "qwen3_vl":
        files["layout"], files["names"] = ["nested", "published"][i], "v5"
    if not vision:
        files = {k: v for k, v in files.items() if k in ("dtype", "shards")}
    if "file" in spec:
        files.pop("shards", None)
    spec.update(files)
    for name, shape in (spec.get("head") or {}).get("layers", {}).items():
        spec["head"]["layers"][name] = [shape[0], text["hidden_size"] if shape[1] == old else shape[1]]
    return spec


def main() -> None:
    tokenizers, out, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    specs = runpy.run_path(str(HEADS / "make_cases.py"))["SPECS"]
    for folder in ("specs", "models", "golden"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for base, (tokenizer, spec) in specs.items():
        for i in range(len(TEXT)):
            name = f"{base}--{i}"
            if wanted and name not in wanted:
                continue
            path = out / "specs" / f"{name}.json"
            path.write_text(json.dumps(shaped(spec, i), indent=1))
            model, golden = out / "models" / name, out / "golden" / f"{name}.jsonl"
            run = lambda *a: subprocess.run([sys.executable, *map(str, a)], check=True)
            run(HERE / "random_model.py", path, tokenizers / tokenizer, model)
            run(HERE / "oracle.py", "score", model, HEADS / "cases" / f"{base}.jsonl", golden)
            print(name, flush=True)


if __name__ == "__main__":
    main()
