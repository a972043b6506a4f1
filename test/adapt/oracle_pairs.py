"""Reads pairs that `vl-reward pairs --labels … --format trl` wrote, as TRL's DPO trainer does: `datasets` loads the
file, TRL's own collator makes batches of it with the model's processor.

    python oracle_pairs.py PAIRS.jsonl MODEL_DIR      (trl, datasets, pillow, torch, torchvision)
"""

import json
import sys

from datasets import Image, List, load_dataset
from transformers import AutoProcessor
from trl import __version__
from trl.data_utils import is_conversational
from trl.trainer.dpo_trainer import DataCollatorForVisionPreference

file, model = sys.argv[1:]
rows = load_dataset("json", data_files=file, split="train").cast_column("images", List(Image()))
for row in rows:
    assert is_conversational(row), row
    said = row["vl_reward"]
    assert said["rater"] == "eva" and said["labels"] >= said["votes"] > 0 and said["seed"] == 7, said
    assert said["head"] == "" and said["model"] != "none" and said["chosen_score"] is not None, said
processor = AutoProcessor.from_pretrained(model)
collator = DataCollatorForVisionPreference(processor)
pictured = [row for row in rows if row["images"]]
batch = collator(pictured[:4])
texts = processor.batch_decode(batch["input_ids"])
for i, row in enumerate(pictured[:4]):
    for text, answer in ((texts[i], row["chosen"]), (texts[i + 4], row["rejected"])):
        assert answer[0]["content"][0]["text"] in text and row["prompt"][0]["content"][1]["text"] in text, text
tokens = int(batch["pixel_values"].shape[0])
print(json.dumps({"trl": __version__, "rows": len(rows), "pictures": len(pictured), "patches": tokens}))
