#!/bin/bash
# Rebuilds every golden of this folder, or, with a folder as the argument, a second set there, to compare.
# Needs the packages of oracle/requirements.txt in the python on PATH. Five minutes on two cores; no GPU, no network.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
mkdir -p "$out"
cd "$out"
oracle=$here/oracle
[ "$out" -ef "$here" ] || cp -r "$here"/{specs,templates,tokenizer,tokenizer-qwen3-vl} .

# The tokenizer is an input: it was trained on the source text of one Python's argparse.py and this.py by
#   python oracle/small_tokenizer.py 1024 tokenizer .../argparse.py .../this.py
# and tokenizer-qwen3-vl by oracle/families/small_tokenizer.py 1024 tokenizer-qwen3-vl … --family qwen3-vl --words yes,no,Yes,No
python "$oracle/llama3_tokenizer.py" tokenizer tokenizer-llama3
python "$oracle/make_images.py" images 7
python "$oracle/picture_hashes.py" images > pictures.json
python "$here/cases.py" .
python "$here/more_cases.py" .

make() { # model, cases, tokenizer, further options of the oracle
  python "$oracle/random_model.py" "specs/$1.json" "$3" "models/$1"
  python "$oracle/oracle.py" score "models/$1" "$2.jsonl" "golden-$1.jsonl" "${@:4}"
}
make a cases tokenizer
make b cases tokenizer
make qwen3 cases-text tokenizer
make llama cases-text tokenizer
make c cases-few tokenizer --resize pillow
make d cases-few tokenizer --resize pillow
make qwen2 cases-turns tokenizer
make qwen3-wide cases-turns tokenizer
make llama3 cases-turns tokenizer-llama3
make llama3-eot cases-turns tokenizer-llama3
make bare cases-lengths tokenizer --attention sdpa --trim 200

# The same pictures resized as the engine does it: no rounding of the resize between the two, so limits can be tight.
for model in a b; do
  python "$oracle/oracle.py" score models/$model cases.jsonl golden-$model-pillow.jsonl --resize pillow --trim 0
done

# Layer by layer, for whoever looks for the first operation that is wrong.
trace() { # model, cases, ids, further options of the oracle
  grep -E "\"id\": \"($3)\"" "$2.jsonl" > "traced-$1.jsonl"
  python "$oracle/oracle.py" score "models/$1" "traced-$1.jsonl" /dev/null --activations "activations-$1.safetensors" \
    "${@:4}"
}
trace a cases "strip|two-images|text-only"
trace c cases-few wide --resize pillow
trace qwen3 cases-text text-only

# Later families: other backbones, other heads.
make_family() { # model, cases, tokenizer, cases that are traced
  python "$oracle/families/random_model.py" "specs/$1.json" "$3" "models/$1"
  python "$oracle/families/oracle.py" score "models/$1" "$2.jsonl" "golden-$1.jsonl"
  [ -n "${4:-}" ] || return 0
  grep -E "\"id\": \"($4)\"" "$2.jsonl" > "traced-$1.jsonl"
  python "$oracle/families/oracle.py" score "models/$1" "traced-$1.jsonl" /dev/null --activations "activations-$1.safetensors"
}
make_family q3vl cases-few tokenizer-qwen3-vl "small|text-only"
make_family q3vl-odd cases-few tokenizer-qwen3-vl "small"
make_family q2vl cases-few tokenizer "small|text-only"
make_family q2vl-odd cases-few tokenizer "small"
