#!/usr/bin/env python3
"""Writes value heads as torch saves them, and files that must be refused. Needs torch."""
import json
import os

import torch
from collections import OrderedDict
torch.manual_seed(3)
w=torch.randn(1,24); b=torch.randn(1)
base = os.path.dirname(os.path.abspath(__file__)) + '/'

torch.save({"v_head.summary.weight": w, "v_head.summary.bias": b}, base+'dict.bin')
lin=torch.nn.Linear(24,1).to(torch.bfloat16)
with torch.no_grad(): lin.weight.copy_(w); lin.bias.copy_(b)
sd=OrderedDict(("v_head.summary."+k,v) for k,v in lin.state_dict().items()); sd._metadata=OrderedDict(x=1)
torch.save(sd, base+'state-dict-bf16.bin')
torch.save({"v_head.summary.weight": torch.nn.Parameter(w.half()), "v_head.summary.bias": torch.nn.Parameter(b.half())}, base+'parameters-f16.bin')
big=torch.randn(5,24)
big[2]=w[0]
torch.save({"v_head.summary.weight": big[2:3], "v_head.summary.bias": b}, base+'view.bin')
torch.save({"v_head.summary.weight": torch.randn(24,2).T, "v_head.summary.bias": b}, base+'transposed.bin')
class Evil:
    def __reduce__(self): return (os.system, ("touch /tmp/pwned",))
torch.save({"v_head.summary.weight": w, "x": Evil()}, base+'evil.bin')
torch.save({"v_head.summary.weight": w, "x": [1,2]}, base+'list.bin')
torch.save({"v_head.summary.weight": w, "n": 3}, base+'number.bin')
torch.save({"v_head.summary.weight": w}, base+'legacy.bin', _use_new_zipfile_serialization=False)
torch.save({"v_head.summary.weight": w.double()}, base+'double.bin')
json.dump({"weight": w.flatten().tolist(), "bias": b.tolist(), "bf16": lin.weight.float().flatten().tolist(), "f16": w.half().float().flatten().tolist()}, open(base+'values.json','w'))
# The head of the golden model `pages`, as DocReward publishes it.
from safetensors.torch import load_file
torch.save(load_file(base + "../../golden/heads/models/pages/value_head.safetensors"), base + "pages.bin")
