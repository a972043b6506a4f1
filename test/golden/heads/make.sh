#!/bin/bash
# Rebuilds the golden heads: models/, golden/. Needs the packages of ../oracle/requirements.txt in the python on PATH,
# and the tokenizers that ../oracle/families/small_tokenizer.py made, in TOKENIZERS.
# make.sh TOKENIZERS [MODEL…]
set -euo pipefail
tokenizers=$(realpath "$1"); shift
cd "$(dirname "$0")"
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error
python make_cases.py
mkdir -p models golden
while read -r m tokenizer; do
  [[ $# == 0 || " $* " == *" $m "* ]] || continue
  rm -rf "models/$m"
  python ../oracle/families/random_model.py "specs/$m.json" "$tokenizers/$tokenizer" "models/$m"
  python ../oracle/families/oracle.py score "models/$m" "cases/$m.jsonl" "golden/$m.jsonl"
done < tokenizers.txt
