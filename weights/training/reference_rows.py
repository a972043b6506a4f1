"""Writes labelled pairs for the reference set, of seeds that neither training nor heldout.py uses: reference_rows.py OUT_DIR."""

import json
import random
import sys
from pathlib import Path

from heldout import KINDS, VISUAL, fits, pair_of
from scenes import draw, new_chart, new_scene

PER_KIND = {True: 24, False: 15}  # visual kinds, others; as in heldout.py


def main():
    out, r = Path(sys.argv[1]), random.Random(70707)
    (out / "images").mkdir(parents=True, exist_ok=True)
    scenes = {}
    for kind, new in (("scene", new_scene), ("chart", new_chart)):
        for i in range(120):
            file = f"images/{kind}-{i:03d}.png"
            scenes[file] = new(r)
            scale = 1.0 if i % 2 else r.uniform(1.1, 1.6)
            draw(scenes[file], r, scale=scale).save(out / file, optimize=True)
    with (out / "pairs.jsonl").open("w") as rows:
        for kind in KINDS:
            n = 0
            while n < PER_KIND[kind in VISUAL]:
                is_text = kind.startswith("text")
                file = None if is_text else r.choice([f for f, s in scenes.items() if fits(kind, s)])
                pair = pair_of(kind, scenes.get(file), r)
                if pair is None:
                    continue
                row = {"id": f"{kind}-{n:02d}", "task": kind}
                row |= {} if file is None else {"image": file}
                row |= dict(zip(("prompt", "chosen", "rejected"), pair))
                rows.write(json.dumps(row) + "\n")
                n += 1


if __name__ == "__main__":
    main()
