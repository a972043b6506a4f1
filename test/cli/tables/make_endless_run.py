"""Makes endless-run.parquet and endless-packed-run.parquet: a kilobyte each, whose levels claim runs of 2^31 values.

Needs pyarrow: `python make_endless_run.py` in this folder.
"""

import io
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 1000
table = pa.table(
    {
        "prompt": [f"q{i % 5}" if i < ROWS // 2 else None for i in range(ROWS)],
        "chosen": ["a"] * ROWS,
        "rejected": ["b"] * ROWS,
    }
)
buffer = io.BytesIO()
pq.write_table(table, buffer, compression="none", use_dictionary=True, write_statistics=False)
good = buffer.getvalue()
# The definition levels of `prompt`: 6 bytes, 500 times 1, 500 times 0.
levels = good.index(bytes([6, 0, 0, 0, 0xE8, 7, 1, 0xE8, 7, 0])) + 4
for name, run in {
    # Repeated: 2^31 - 1 times a 1.
    "endless-run": bytes([0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 1]),
    # Packed: a count of groups that is negative as an int32.
    "endless-packed-run": bytes([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1]),
}.items():
    bad = good[:levels] + run + good[levels + 6 :]
    pathlib.Path(__file__).with_name(f"{name}.parquet").write_bytes(bad)
