"""How the effect of a picture's cell is measured was chosen by this: choose_cells.py [PAIRS_PER_KIND] [SEED]

Draws fresh pairs with the training code's generator (another seed than the held-out ones), hides and shows windows of cells in
every way that is compared, scores all by Hugging Face, and prints in how many pairs the strongest cell is on the object that is
asked about. Python of weights/training/requirements.txt; about 5 s a pair on two cores. docs/explain.md has the result.
"""

import random
import re
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "weights/training"), str(ROOT / "test/explain/golden")]
import heldout  # noqa: E402
from make_boxes import boxes_of  # noqa: E402
from reference_scores import Scorer  # noqa: E402
from scenes import draw, new_chart, new_scene  # noqa: E402

RELEASE = ROOT / "weights/tiny-vl-reward"
KINDS = ("scene_color", "scene_shape", "bar_extreme")
BATCH = 32


def asked_box(kind, objects, prompt, chosen):
    """As bench/explain/asked.ts has it."""
    says = lambda text, word: word and re.search(rf"\b{word}\b", text, re.I)
    if kind.startswith("scene"):
        word = "shape" if kind == "scene_color" else "colour"
        return next((o["box"] for o in objects if says(prompt, o.get(word))), None)
    pick = max if re.search("highest|tallest|largest", prompt, re.I) else min
    value = pick(o["value"] for o in objects)
    bar = next(o for o in objects if o["value"] == value)
    return bar["box"] if says(chosen, bar["colour"]) else None


@torch.no_grad()
def scores(scorer, pictures, prompt, answer):
    user = dict(role="user", content=[dict(type="image"), dict(type="text", text=prompt)])
    text = scorer.processor.apply_chat_template(
        [user, dict(role="assistant", content=answer)], tokenize=False, add_generation_prompt=False
    )
    out = []
    for i in range(0, len(pictures), BATCH):
        some = pictures[i : i + BATCH]
        x = scorer.processor(text=[text] * len(some), images=some, return_tensors="pt")
        h = scorer.model.model(**x, use_cache=False).last_hidden_state[:, -1]
        out += (h @ scorer.weight[0] + scorer.bias[0]).tolist()
    return np.array(out), x["image_grid_thw"][0].tolist()


def ring_mean(a, left, top, right, bottom):
    w, h = right - left, bottom - top
    outer = a[max(0, top - h) : bottom + h, max(0, left - w) : right + w].astype(float)
    rest = outer.reshape(-1, 3).sum(0) - a[top:bottom, left:right].astype(float).reshape(-1, 3).sum(0)
    count = outer.shape[0] * outer.shape[1] - w * h
    return np.round(rest / count) if count else a[top:bottom, left:right].reshape(-1, 3).mean(0)


def effects(scorer, picture, prompt, good, bad):
    """The margin, the boxes of the cells, and what each window does: {(fill, size, x, y): loss or gain}."""
    (first, grid), (second, _) = (scores(scorer, [picture], prompt, t) for t in (good, bad))
    margin, a = float(first[0] - second[0]), np.asarray(picture)
    rows, columns = grid[1] // 2, grid[2] // 2
    xs = [round(c * a.shape[1] / columns) for c in range(columns + 1)]
    ys = [round(r * a.shape[0] / rows) for r in range(rows + 1)]
    blur = picture
    for _ in range(2):
        blur = blur.filter(ImageFilter.BoxBlur(max(1, round(max(a.shape[:2]) / 8))))
    covers = dict(median=np.zeros_like(a) + np.median(a.reshape(-1, 3), 0).astype(np.uint8), blur=np.asarray(blur))
    made = {(fill, 0, 0, 0): Image.fromarray(c) for fill, c in covers.items()}
    for size in (1, 2, 3):
        for y in range(rows - size + 1):
            for x in range(columns - size + 1):
                box = (xs[x], ys[y], xs[x + size], ys[y + size])
                where = np.s_[box[1] : box[3], box[0] : box[2]]
                for fill in ("ring", "median", "blur"):
                    hidden = a.copy()
                    hidden[where] = ring_mean(a, *box) if fill == "ring" else covers[fill][where]
                    made[fill, size, x, y] = Image.fromarray(hidden)
                    if fill != "ring":
                        alone = covers[fill].copy()
                        alone[where] = a[where]
                        made[fill, -size, x, y] = Image.fromarray(alone)
    pictures = list(made.values())
    m = scores(scorer, pictures, prompt, good)[0] - scores(scorer, pictures, prompt, bad)[0]
    by = dict(zip(made, m))
    out = {k: margin - v if k[1] > 0 else v - by[k[0], 0, 0, 0] for k, v in by.items()}
    boxes = {(x, y): (xs[x], ys[y], xs[x + 1], ys[y + 1]) for x in range(columns) for y in range(rows)}
    return boxes, out


def near(found, fill, sizes, x, y):
    """The mean over sizes of the mean over the windows that hold a cell; a negative size shows it."""
    each = []
    for size in sizes:
        n = abs(size)
        keys = [(fill, size, i, j) for i in range(x - n + 1, x + 1) for j in range(y - n + 1, y + 1)]
        some = [found[k] for k in keys if k in found]
        each.append(np.mean(some) if some else 0)
    return float(np.mean(each))


def agreed(lost, gained):
    """As src/explain/pictures.ts has it."""
    return float(np.sign(lost) * np.sqrt(lost * gained)) if lost * gained > 0 else (lost + gained) / 4


METHODS = {
    "hidden, mean colour around": lambda *a: near(a[0], "ring", [1], *a[1:]),
    "hidden, blurred": lambda *a: near(a[0], "blur", [1], *a[1:]),
    "hidden, also two by two": lambda *a: near(a[0], "ring", [1, 2], *a[1:]),
    "shown alone on the median colour": lambda *a: near(a[0], "median", [-1], *a[1:]),
    "hidden, and shown alone": lambda *a: near(a[0], "ring", [1], *a[1:]) + near(a[0], "median", [-1], *a[1:]),
    "hidden two by two, and shown alone": lambda *a: near(a[0], "ring", [2], *a[1:])
    + near(a[0], "median", [-1], *a[1:]),
    "the same, as far as both agree": lambda *a: agreed(
        near(a[0], "ring", [2], *a[1:]), near(a[0], "median", [-1], *a[1:])
    ),
    "hidden, also two by two, and shown": lambda *a: near(a[0], "ring", [1, 2], *a[1:])
    + near(a[0], "median", [-1], *a[1:]),
    "median colour, one to three, both": lambda *a: near(a[0], "median", [1, 2, 3], *a[1:])
    + near(a[0], "median", [-1, -2, -3], *a[1:]),
}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 777)
    scorer = Scorer(RELEASE, RELEASE)
    hits = {name: {k: [] for k in KINDS} for name in METHODS}
    for kind in KINDS:
        n = 0
        while n < count:
            scene = (new_scene if kind.startswith("scene") else new_chart)(r)
            picture = draw(scene, r, scale=1.0 if n % 2 else r.uniform(1.1, 1.6)).convert("RGB")
            pair = heldout.pair_of(kind, scene, r)
            if pair is None:
                continue
            box = asked_box(kind, list(boxes_of(scene, picture.size[0] / scene["W"])), pair[0], pair[1])
            if box is None:
                continue
            n += 1
            boxes, found = effects(scorer, picture, *pair)
            for name, effect in METHODS.items():
                cell = boxes[max(boxes, key=lambda c: abs(effect(found, *c)))]
                hit = cell[0] < box[2] and box[0] < cell[2] and cell[1] < box[3] and box[1] < cell[3]
                hits[name][kind].append(hit)
            print(f"{kind} {n}", file=sys.stderr)
    for name, by in hits.items():
        every = np.mean(sum(by.values(), []))
        print(f"{name:36} {every:.2f}", *(f"{k} {np.mean(v):.2f}" for k, v in by.items()))


if __name__ == "__main__":
    main()
