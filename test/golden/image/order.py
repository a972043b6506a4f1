"""Holds the rule by which Pillow 13 takes the height first, of src/image/resize/taps.ts, to Pillow's own resize.

    python order.py        (Pillow 13.0.0 and numpy)

Pictures of noise are resized in one call, rows first and columns first. Sizes are random, near each other, at the
border of the rule, large and thin. Prints how many told the orders apart, and those that broke the rule.
"""
import random

import numpy as np
from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
noise = np.random.default_rng(1)
random.seed(5)


def is_height_first(width, height, to_width, to_height):
    lower = height - to_height
    return lower > 0 and lower > 2 * (width - to_width)


def sizes():
    def side(most):
        return random.randint(1, most)

    for _ in range(1500):
        yield side(260), side(260), side(260), side(260)
    for _ in range(500):  # the border: twice the width's loss, one more, one less
        width, height = side(200) + 2, side(400) + 2
        narrower = side(width)
        yield width, height, narrower, height - 2 * (width - narrower) + random.choice([-1, 0, 1])
    for _ in range(300):
        width, height = side(200), side(200)
        yield width, height, width + random.randint(-3, 3), height + random.randint(-3, 3)
    for _ in range(60):
        width, height = 300 + side(1200), 300 + side(1200)
        yield width, height, int(width * random.uniform(0.2, 1.3)), int(height * random.uniform(0.2, 1.3))
    for _ in range(60):
        yield side(4), side(300), side(100), side(300)


told, broken = 0, []
for size in sizes():
    width, height, to_width, to_height = size
    if min(size) < 1:
        continue
    image = Image.fromarray(noise.integers(0, 256, (height, width, 3), dtype=np.uint8))
    rows = image.resize((to_width, height), BICUBIC).resize((to_width, to_height), BICUBIC).tobytes()
    columns = image.resize((width, to_height), BICUBIC).resize((to_width, to_height), BICUBIC).tobytes()
    if rows == columns:
        continue
    told += 1
    if image.resize((to_width, to_height), BICUBIC).tobytes() != (columns if is_height_first(*size) else rows):
        broken.append(size)
print(f"{told} sizes told the orders apart, {len(broken)} broke the rule: {broken[:10]}")
assert not broken
