"""Writes the states of inputs by Hugging Face's own code: input_states.py MODEL_DIR ROWS.jsonl OUT.safetensors.

Of each row the state at the last token before the response, and the mean state of its picture's tokens, both after the final norm:
what the engine calls inputFeatures. A row has "prompt", "image"? and "responses" or "chosen".
"""

import json
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration, Qwen2VLImageProcessor


class Reader:
    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.processor = Qwen2VLImageProcessor.from_pretrained(folder)
        self.model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.template = (Path(folder) / "chat_template.jinja").read_text()

    def states(self, prompt, image):
        """(question [hidden], picture [hidden] or None)"""
        parts = [{"type": "image"}] * (image is not None) + [{"type": "text", "text": prompt}]
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": parts}],
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=True,
        )
        more = {}
        if image is not None:
            seen = self.processor(images=[image], return_tensors="pt")
            count = int(seen["image_grid_thw"].prod() // 4)
            text = text.replace("<|image_pad|>", "<|image_pad|>" * count)
            more = dict(pixel_values=seen["pixel_values"], image_grid_thw=seen["image_grid_thw"])
        ids = self.tokenizer(text, return_tensors="pt").input_ids
        is_picture = ids == self.model.config.image_token_id
        if image is not None:
            more["mm_token_type_ids"] = is_picture.int()
        with torch.no_grad():
            out = self.model(input_ids=ids, output_hidden_states=True, **more)
        hidden = out.hidden_states[-1][0]
        return hidden[-1], hidden[is_picture[0]].mean(0) if image is not None else None


def main():
    reader = Reader(sys.argv[1])
    source = Path(sys.argv[2])
    ids, questions, pictures, has_picture = [], [], [], []
    for line in source.read_text().splitlines():
        row = json.loads(line)
        place = next((p for p in (source.parent, source.parent.parent) if (p / row.get("image", "")).is_file()), None)
        image = Image.open(place / row["image"]).convert("RGB") if row.get("image") else None
        question, picture = reader.states(row["prompt"], image)
        ids.append(row["id"])
        questions.append(question)
        has_picture.append(float(picture is not None))
        pictures.append(torch.zeros_like(question) if picture is None else picture)
    tensors = {
        "question": torch.stack(questions),
        "picture": torch.stack(pictures),
        "has_picture": torch.tensor(has_picture),
    }
    save_file({k: v.contiguous() for k, v in tensors.items()}, sys.argv[3], metadata={"ids": json.dumps(ids)})


if __name__ == "__main__":
    main()
