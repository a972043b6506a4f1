"""Writes boxes.json: the objects of the held-out pictures, with their boxes in the pictures' own pixels.

make_boxes.py [OUT]. Draws the pictures again by the training code's own generator and seed, and stops unless they equal
the published ones pixel by pixel. Python with Pillow 13 and numpy.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "weights/training"))
import heldout  # noqa: E402

RELEASE = ROOT / "weights/tiny-vl-reward"


def boxes_of(scene, scale):
    if scene["kind"] == "scene":
        for o in scene["objs"]:
            x, y, r = o["x"] * scale, o["y"] * scale, o["r"] * scale
            yield {"colour": o["c"], "shape": o["s"], "box": [x - r, y - r, x + r, y + r]}
    else:
        for b in scene["bars"]:
            box = [b["xa"], b["y"], b["xb"], scene["frame"][2]]
            yield {"colour": b["c"], "value": b["v"], "box": [v * scale for v in box]}


def main():
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("heldout/images", "samples"):
            (Path(folder) / name).mkdir(parents=True)
        scenes = heldout.make_pictures(Path(folder), random.Random(20260))
        for file, scene in scenes.items():
            if not (RELEASE / file).exists():
                continue
            drawn = np.asarray(Image.open(Path(folder) / file).convert("RGB"))
            published = np.asarray(Image.open(RELEASE / file).convert("RGB"))
            assert drawn.shape == published.shape and (drawn == published).all(), file
            scale = published.shape[1] / scene["W"]
            out[file] = [
                {**o, "box": [round(v, 1) for v in o["box"]]} for o in boxes_of(scene, scale)
            ]
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "boxes.json"
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in out.items()]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
