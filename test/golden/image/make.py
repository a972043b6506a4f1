"""Makes resize.json and over-white.json: what Pillow makes of pictures of noise.

    python make.py        (Pillow 13.0.0; no other package)

A picture's bytes come from a generator that the test repeats, so only results are stored: all RGB bytes of small ones
(base64), the SHA-256 of the others. Resizing is done axis by axis, the horizontal one first, as Pillow up to 12 does it;
"pillow13" is the SHA-256 of Pillow 13's own resize, which may take the other one first (order.py).
"""
import base64
import hashlib
import json
from pathlib import Path

from PIL import Image

SIZES = [  # width, height, new width, new height
    (2, 3, 56, 56), (1, 1, 28, 28), (20, 20, 56, 56), (13, 7, 28, 28), (100, 75, 56, 28), (29, 560, 28, 84),
    (640, 480, 644, 476), (731, 517, 532, 364), (300, 1, 28, 28), (57, 57, 56, 57), (56, 57, 56, 56), (1000, 40, 84, 56),
    (197, 143, 192, 128), (100, 75, 90, 55), (100, 75, 90, 54), (61, 233, 64, 224), (90, 140, 96, 128), (150, 100, 160, 128),
]
KEPT_BYTES = 20_000


def noise(count: int, seed: int) -> bytes:
    """Numerical Recipes' generator, the high byte of each state; every fourth value pushed to 0 or 255."""
    out, state = bytearray(count), seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        value = state >> 24
        out[i] = (255 if value >= 128 else 0) if state % 4096 < 1024 else value
    return bytes(out)


def main() -> None:
    here = Path(__file__).parent
    cases = []
    for seed, (w, h, to_w, to_h) in enumerate(SIZES, start=1):
        image = Image.frombytes("RGB", (w, h), noise(w * h * 3, seed))
        rgb = image.resize((to_w, h), Image.Resampling.BICUBIC).resize((to_w, to_h), Image.Resampling.BICUBIC).tobytes()
        case = {"width": w, "height": h, "seed": seed, "toWidth": to_w, "toHeight": to_h}
        kept = {"rgb": base64.b64encode(rgb).decode()} if len(rgb) <= KEPT_BYTES else {}
        turned = image.resize((to_w, to_h), Image.Resampling.BICUBIC).tobytes()
        cases.append({**case, "sha256": hashlib.sha256(rgb).hexdigest(), "pillow13": hashlib.sha256(turned).hexdigest(), **kept})
    (here / "resize.json").write_text(json.dumps(cases, indent=1) + "\n")

    # Every value at every alpha: column = value, row = alpha.
    image = Image.frombytes("RGBA", (256, 256), bytes(c for a in range(256) for v in range(256) for c in (v, v, v, a)))
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    values = Image.alpha_composite(white, image).convert("RGB").getchannel("R").tobytes()
    (here / "over-white.json").write_text(json.dumps({"sha256": hashlib.sha256(values).hexdigest()}) + "\n")


if __name__ == "__main__":
    main()
