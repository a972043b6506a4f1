"""Writes inputs that the embedded model was never shown: outside.py OUT_DIR SEED COUNT. They test its reference set.

Photographs are synthetic: landscapes, faces, foliage, rooms and skies from gradients and noise of many octaves, blurred as a lens does.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from heldout import VISUAL, fits, pair_of
from scenes import draw, new_chart, new_scene

PHOTO = [
    ("What is shown in this photo?", ["A wide landscape with hills under a clear sky.", "A person who smiles at the camera."]),
    ("Describe the picture in one sentence.", ["The evening light falls on trees and grass.", "A busy street with cars and people."]),
    ("Where was this taken?", ["Probably in the mountains, late in summer.", "In a kitchen, next to a window."]),
    ("What is the weather like?", ["It is sunny with a few clouds.", "It rains heavily."]),
    ("How many people can you see?", ["There are two people in the background.", "Nobody is in the picture."]),
    ("Is this picture sharp?", ["No, it is slightly out of focus.", "Yes, every leaf can be seen."]),
]  # fmt: skip
OTHER = [
    ("What is the capital of France?", ["Paris.", "Berlin is the capital of France."]),
    ("Write a haiku about the sea.", ["Waves fold into foam, / a gull writes on the grey wind, / salt dries on the stone.", "The sea is big and blue and wet."]),
    ("Explain what a hash table is.", ["A hash table maps keys to buckets by a hash function, so that look-ups take constant time on average.", "It is a table for cooking."]),
    ("Who wrote Hamlet?", ["William Shakespeare wrote it around 1600.", "It was written by Charles Dickens."]),
    ("Translate 'good morning' into German.", ["Guten Morgen.", "Bonjour."]),
    ("What is the derivative of x squared?", ["It is 2x.", "It is x cubed divided by three."]),
    ("Summarise the main causes of the First World War.", ["Alliances, militarism, imperialism and nationalism, set off by the assassination in Sarajevo.", "It began because of the internet."]),
    ("Write a Python function that reverses a string.", ["def reverse(text):\n    return text[::-1]", "print('hello')"]),
    ("この図には何が描かれていますか。", ["棒グラフが描かれています。", "猫の写真です。"]),
    ("¿Cuál es la capital de España?", ["La capital de España es Madrid.", "Es Lisboa."]),
    ("What should I cook tonight with rice and eggs?", ["Fried rice with egg, spring onion and a little soy sauce.", "A chocolate cake."]),
    ("How do I reset my router?", ["Hold the reset button for ten seconds and wait until the lights blink.", "Buy a new house."]),
    ("Is it legal to park here on Sundays?", ["That depends on the sign; many cities do not charge on Sundays.", "Parking is a kind of tree."]),
    ("What does this X-ray show?", ["A hairline fracture of the left radius.", "No fracture can be seen."]),
    ("What is the total on this receipt?", ["The total is 23.40 euros.", "The total is 7 dollars."]),
    ("Why did revenue fall in the third quarter?", ["Because of lower demand and higher freight costs.", "It did not fall."]),
]  # fmt: skip


def octaves(r, h, w, colour=True):
    """Noise of many octaves, [h, w, 3] in 0..1: what natural pictures look like from afar."""
    g = np.random.default_rng(r.getrandbits(32))
    total = np.zeros((h, w, 3))
    for k in range(2, 8):
        small = g.normal(size=(2**k, 2**k, 3 if colour else 1)).repeat(1 if colour else 3, axis=2)
        layer = [Image.fromarray(small[..., c].astype(np.float32), "F").resize((w, h), Image.BICUBIC) for c in range(3)]  # fmt: skip
        total += np.stack([np.asarray(x) for x in layer], axis=-1) * 0.6**k * 4
    return (total - total.min()) / (np.ptp(total) + 1e-9)


def photo(r):
    w, h = r.choice([(640, 480), (480, 640), (800, 533), (512, 512), (1200, 675)])
    kind = r.choice(["landscape", "face", "foliage", "room", "sky"])
    noise = octaves(r, h, w)
    y = np.linspace(0, 1, h)[:, None, None]
    tint = np.array([r.uniform(0.2, 1) for _ in range(3)])
    top, low = np.array([0.45, 0.65, 0.9]), np.array([r.uniform(0.1, 0.5), r.uniform(0.25, 0.6), 0.2])
    if kind == "landscape":
        ridge = 0.35 + 0.25 * noise[:1, :, :1]
        base = np.where(y < ridge, top * (1 - 0.3 * y), low * (0.5 + noise))
    elif kind == "sky":
        base = top * (1 - y * 0.4) + 0.5 * np.clip(noise[..., :1] - 0.5, 0, 1)
    elif kind == "foliage":
        base = noise * np.array([0.5, 1.0, 0.35]) * r.uniform(0.7, 1.3)
    else:
        base = tint * (0.35 + 0.5 * y) + 0.35 * (noise - 0.5)
    image = Image.fromarray((np.clip(base, 0, 1) * 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    if kind == "face":
        cx, cy, s = w * r.uniform(0.35, 0.65), h * r.uniform(0.4, 0.6), min(w, h) * r.uniform(0.2, 0.35)
        skin = r.choice([(224, 180, 150), (140, 96, 70), (250, 215, 190), (94, 62, 45)])
        pen.ellipse((cx - s * 0.75, cy - s, cx + s * 0.75, cy + s), fill=skin)
        pen.pieslice((cx - s * 0.8, cy - s * 1.15, cx + s * 0.8, cy + s * 0.4), 180, 360, fill=(45, 30, 20))
        for side in (-0.3, 0.3):
            pen.ellipse((cx + s * side - 6, cy - 6, cx + s * side + 6, cy + 6), fill=(30, 30, 30))
    if kind == "room":
        for _ in range(6):
            x, yy = r.uniform(0, w), r.uniform(h * 0.3, h)
            pen.rectangle((x, yy, x + r.uniform(40, 200), yy + r.uniform(40, 200)), fill=tuple(r.randrange(40, 200) for _ in range(3)))  # fmt: skip
    image = image.filter(ImageFilter.GaussianBlur(r.uniform(0.6, 3)))
    grain = np.random.default_rng(r.getrandbits(32)).normal(0, r.uniform(2, 8), (h, w, 3))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def noise_picture(r):
    g = np.random.default_rng(r.getrandbits(32))
    w, h = r.choice([(224, 224), (160, 320), (400, 300), (512, 128)])
    kind = r.choice(["colour", "grey", "coarse", "octaves"])
    if kind == "octaves":
        return Image.fromarray((octaves(r, h, w) * 255).astype(np.uint8))
    if kind == "grey":
        return Image.fromarray(g.integers(0, 256, (h, w), dtype=np.uint8)).convert("RGB")
    size = (h // 16, w // 16, 3) if kind == "coarse" else (h, w, 3)
    return Image.fromarray(g.integers(0, 256, size, dtype=np.uint8)).resize((w, h), Image.NEAREST)


def known(r):
    """A picture, a question and two answers as the model was shown."""
    while True:
        kind = r.choice(VISUAL)
        scene = (new_scene if kind.startswith("scene") else new_chart)(r)
        pair = pair_of(kind, scene, r) if fits(kind, scene) else None
        if pair is not None:
            return draw(scene, r, scale=1.3), pair


def inputs(r, count):
    for i in range(count):
        group = ["photo", "photo-known", "other", "other-text", "no-picture", "noise"][i % 6]
        picture, (prompt, *answers) = known(r)
        if group.startswith("photo"):
            picture = photo(r)
        if group == "photo":
            prompt, answers = r.choice(PHOTO)
        if group.startswith("other"):
            prompt, answers = r.choice(OTHER)
        if group in ("other-text", "no-picture"):
            picture = None
        if group == "noise":
            picture = noise_picture(r)
        yield group, picture, prompt, answers


def main():
    out, r, count = Path(sys.argv[1]), random.Random(int(sys.argv[2])), int(sys.argv[3])
    (out / "images").mkdir(parents=True, exist_ok=True)
    with (out / "outside.jsonl").open("w") as rows:
        for i, (group, picture, prompt, answers) in enumerate(inputs(r, count)):
            row = {"id": f"{group}-{i:03d}", "group": group}
            if picture is not None:
                row["image"] = f"images/{group}-{i:03d}.{'jpg' if group.startswith('photo') else 'png'}"
                picture.save(out / row["image"])
            rows.write(json.dumps(row | {"prompt": prompt, "responses": answers}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
