"""Writes shapley.json: Shapley values and leave-out of small games by Python's `shap` and `captum`.

make_shapley.py SITE [OUT], with shap and captum installed in SITE (pip install --target SITE shap captum). A game is a
table: the value of every coalition, by its bits. shap's ExactExplainer and captum's ShapleyValues enumerate it, captum's
FeatureAblation leaves one player out.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import captum  # noqa: E402
import numpy as np  # noqa: E402
import shap  # noqa: E402
import torch  # noqa: E402
from captum.attr import FeatureAblation, ShapleyValues  # noqa: E402


def explain(table, n):
    table = np.asarray(table)
    worth = lambda x: table[(np.asarray(x) > 0.5).astype(int) @ (1 << np.arange(n))]
    exact = shap.explainers.ExactExplainer(worth, np.zeros((1, n)))(np.ones((1, n)))
    forward = lambda x: torch.tensor(worth(x.numpy()))
    ones = torch.ones(1, n, dtype=torch.float64)
    return dict(
        shap=exact.values[0].tolist(),
        captum=ShapleyValues(forward).attribute(ones)[0].tolist(),
        ablation=FeatureAblation(forward).attribute(ones)[0].tolist(),
    )


def main():
    r = np.random.default_rng(17)
    games = []
    for n in (2, 3, 4, 5):
        table = r.normal(size=2**n).round(6).tolist()
        games.append(dict(players=n, table=table, **explain(table, n)))
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "shapley.json"
    made = dict(shap=shap.__version__, captum=captum.__version__, games=games)
    target.write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
