"""Writes what transformers reads of config.json files that are odd but legal.

    python read_configs.py SEED CASES FOLDER_OF_CONFIGS OUT.jsonl

Each case is a file of the folder with some fields changed or taken away: {base, changes, expected}. A change is
[section, field, value]; a value that is absent takes the field away. Cases that transformers refuses are left out.
"""
import copy
import json
import logging
import random
import sys
from pathlib import Path

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

TEXT = """vocab_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads head_dim
    max_position_embeddings rope_theta rope_scaling rope_parameters attention_bias mlp_bias layer_types sliding_window
    max_window_layers pad_token_id tie_word_embeddings image_token_id hidden_act""".split()
VISION = """depth intermediate_size num_heads in_channels in_chans patch_size spatial_merge_size temporal_patch_size
    window_size out_hidden_size fullatt_block_indexes hidden_act rope_parameters tokens_per_second""".split()
SLOWED = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
ROPES = [
    {},
    {"rope_type": "default"},
    {"type": "default", "mrope_section": [16, 24, 24]},
    {"type": "mrope", "mrope_section": [4, 4, 4]},
    {"rope_type": "default", "rope_theta": 200000.0},
    SLOWED,
    {**SLOWED, "original_max_position_embeddings": 64},
]


def change(config, rng):
    section = "text_config" if isinstance(config.get("text_config"), dict) else ""
    kind = rng.random()
    if kind < 0.4:
        return [section, rng.choice(TEXT)]
    if kind < 0.5 and "vision_config" in config:
        return ["vision_config", rng.choice(VISION)]
    if kind < 0.6:
        return [section, rng.choice(TEXT), None]
    if kind < 0.65:
        return [section, "rope_theta", rng.choice([10000.0, 500000.0])]
    if kind < 0.8:
        return [section, rng.choice(["rope_scaling", "rope_parameters"]), rng.choice(ROPES)]
    if kind < 0.9:
        return [section, rng.choice(["attention_bias", "mlp_bias"]), rng.choice([True, False])]
    if kind < 0.95:
        return [section, "num_key_value_heads", rng.choice([1, None])]
    return [section, "head_dim", rng.choice([32, 64, 128])]


def changed(config, changes):
    config = copy.deepcopy(config)
    for section, field, *value in changes:
        own = config[section] if section else config
        if value:
            own[field] = value[0]
        else:
            own.pop(field, None)
    return config


def reading(config):
    read = CONFIG_MAPPING[config["model_type"]].from_dict(copy.deepcopy(config))
    text = read.get_text_config()
    rope = text.rope_parameters
    out = {
        "vocabSize": text.vocab_size,
        "intermediateSize": text.intermediate_size,
        "numHiddenLayers": text.num_hidden_layers,
        "numAttentionHeads": text.num_attention_heads,
        "numKeyValueHeads": text.num_key_value_heads,
        "headDim": getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads,
        "maxPositionEmbeddings": text.max_position_embeddings,
        "theta": rope["rope_theta"],
        "ropeType": rope["rope_type"],
        "section": rope.get("mrope_section", [16, 24, 24]),
        "original": rope.get("original_max_position_embeddings"),
        "pad": text.pad_token_id,
        # The layers themselves, for a class need not read these fields.
        "biases": {"qwen2": "qkv", "qwen2_5_vl": "qkv", "qwen3": "attention"}.get(config["model_type"], "both"),
        "attentionBias": getattr(text, "attention_bias", False),
        "mlpBias": getattr(text, "mlp_bias", False),
    }
    if hasattr(read, "vision_config"):
        vision = read.vision_config
        out["vision"] = {
            "depth": vision.depth,
            "intermediateSize": vision.intermediate_size,
            "numHeads": vision.num_heads,
            "patchSize": vision.patch_size,
            "temporalPatchSize": vision.temporal_patch_size,
            "spatialMergeSize": vision.spatial_merge_size,
            "windowSize": vision.window_size,
            "fullattBlockIndexes": list(vision.fullatt_block_indexes),
            "outHiddenSize": vision.out_hidden_size,
        }
        out["image"] = read.image_token_id
    return out


def main(seed, cases, folder, out):
    logging.disable(logging.CRITICAL)
    transformers.logging.set_verbosity_error()
    rng = random.Random(int(seed))
    bases = {path.name: json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))}
    lines = []
    while len(lines) < int(cases):
        base = rng.choice(list(bases))
        changes = [change(bases[base], rng) for _ in range(rng.randint(1, 4))]
        try:
            expected = reading(changed(bases[base], changes))
        except Exception:
            continue
        lines.append(json.dumps({"base": base, "changes": changes, "expected": expected}))
    Path(out).write_text("\n".join(lines) + "\n")


main(*sys.argv[1:])
