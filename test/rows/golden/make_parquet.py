#!/usr/bin/env python3
"""Writes the parquet files of test/rows: pictures in every kind of column that is in use. Needs pyarrow.

    make_parquet.py GOLDEN_IMAGES OUT_DIR
"""
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

images, out = Path(sys.argv[1]), Path(sys.argv[2])
small, tiny = (images / "small.png").read_bytes(), (images / "tiny.png").read_bytes()
file = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
a, b = {"bytes": tiny, "path": "a.png"}, {"bytes": small, "path": None}


def write(name: str, columns: dict, **options) -> None:
    count = len(next(iter(columns.values())))
    common = {"id": pa.array([f"r{i}" for i in range(count)]), "prompt": pa.array(["How many shapes?"] * count)}
    answers = {"chosen": pa.array(["Five."] * count), "rejected": pa.array(["Nine."] * count)}
    pq.write_table(pa.table({**common, **columns, **answers}), out / f"{name}.parquet", **options)


write("path-list", {"images": pa.array([["a.png"], ["a.png", "b.png"]], pa.list_(pa.string()))})
write("path", {"image": pa.array(["a.png", None, ""], pa.string())})
write("struct", {"image": pa.array([a, b], file)})
write("struct-null", {"image": pa.array([a, None, b], file)})
write("struct-list", {"images": pa.array([[a, b], None, [], [b]], pa.list_(file))}, row_group_size=2)
write("struct-path", {"image": pa.array([{"bytes": None, "path": "a.png"}, a], file)})
write("bytes", {"image": pa.array([tiny, small], pa.binary())})
write("bytes-list", {"images": pa.array([[tiny, small], []], pa.list_(pa.binary()))})
write("bytes-other-name", {"jpg": pa.array([tiny, small], pa.binary())})
write("struct-other-name", {"jpg_0": pa.array([a, b], file)})
write("two-other-names", {"jpg_0": pa.array([a, b], file), "jpg_1": pa.array([a, b], file)})
write("path-other-name", {"photo_of_it": pa.array(["a.png", "b.png"], pa.string())})
write("not-pictures", {"image": pa.array([b"\x00\x01\x02", tiny], pa.binary())})
write("numbers", {"image": pa.array([1, 2], pa.int64())})
write("video", {"video": pa.array([{"bytes": b"RIFF", "path": "a.avi"}] * 2, file)})
write("text-as-bytes", {"note": pa.array([b"plain text", b"more"], pa.binary()), "count": pa.array([1, 2], pa.int64())})
write("zstd", {"image": pa.array([a, b], file)}, compression="zstd", data_page_version="2.0", version="2.6",
      write_statistics=False)

turns = pa.list_(pa.struct([("content", pa.string()), ("role", pa.string()), ("tokens", pa.int64())]))
user = {"role": "user", "content": "What is 3 plus 4?", "tokens": 7}
whole = [[user, {"role": "assistant", "content": text, "tokens": 1}] for text in ("7", "8")]
pq.write_table(pa.table({"id": pa.array([7]), "chosen": pa.array([whole[0]], turns),
                         "rejected": pa.array([whole[1]], turns), "images": pa.array([[a]], pa.list_(file))}),
               out / "implicit-prompt.parquet")
