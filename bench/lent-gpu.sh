#!/bin/bash
# Eight minutes on a GPU that is lent: bash bench/lent-gpu.sh [OUT]
#
# Fills in the table of real-GPU cells at the head of bench/LOG.md. Needs Node 20, `npm ci`, a Vulkan
# driver, and for the last step Python with torch. Each step has its own limit, and what was measured
# before a step fails stays in OUT. Prepare on a machine without the GPU: `npm ci`, then run this once
# on SwiftShader with STEP_S=20 to see that it starts.
#   OUT      results: one JSON and one log a step, and summary.txt (results/ by default)
#   STEP_S   the longest a step may take, in seconds; by default as below, 480 in all
set -uo pipefail
cd "$(dirname "$0")/.."
out=${1:-${OUT:-results}}; mkdir -p "$out"; out=$(cd "$out" && pwd)
{
  date -u
  git rev-parse --short HEAD 2>/dev/null || true
  node --version
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || true
} >"$out/machine.txt"

step() { # NAME SECONDS COMMAND…
  local name=$1 seconds=${STEP_S:-$2} begun=$SECONDS; shift 2
  timeout -k 5 "$seconds" "$@" >"$out/$name.log" 2>&1
  echo "$name: exit code $?, $((SECONDS - begun)) s" | tee -a "$out/summary.txt"
}

bench() { local name=$1 seconds=$2; shift 2; step "$name" "$seconds" node tools/run.mjs bench "$@" --json "$out/$name.json"; }

: >"$out/summary.txt"
# What decides most comes first.
bench matmul 60 native --only matmul,f16 --form bf16,q8,q4,f32 --reps 7 --budget 20
bench attention 40 native --only attention --reps 7 --budget 20
bench prefill-7b-q4 60 native --only prefill --model 7B --form q4 --tokens 1000,4096 --reps 3 --budget 30
bench prefill-7b-bf16 90 native --only prefill --model 7B --form bf16 --tokens 1000,4096 --reps 3 --budget 40
bench prefill-0.6b 30 native --only prefill --model 0.6B --form bf16 --tokens 64,1000,4096 --reps 5 --budget 20
bench resize 20 native --only resize --reps 3
# What each profile of a GPU would have got, whichever this one is.
for profile in shared nvidia amd apple intel; do
  bench "matmul-$profile" 15 native --only matmul --kernel-profile "$profile" --form bf16,q4 --reps 3 --budget 6
done
if python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  step torch-7b 90 python3 bench/peers/torch_prefill.py --model 7B --tokens 1000
fi
grep -hE '^(adapter|peak|matmul|attention|prefill|  the same|[0-9]+x)' "$out"/*.log | tee -a "$out/summary.txt"
cat "$out/machine.txt" >>"$out/summary.txt"
