"""Makes inputs.json and expected.json: an audit by statsmodels, fairlearn, scipy and scikit-learn.

    python3 -m venv V && V/bin/pip install numpy scipy statsmodels fairlearn scikit-learn krippendorff
    V/bin/python test/audit/golden/make.py

Nothing of src/audit is read: features, pairs and means are computed a second time here.
"""

import json
import math
import pathlib
import re

import krippendorff
import numpy as np
import statsmodels.api as sm
from fairlearn.metrics import MetricFrame
from scipy import stats
from sklearn.metrics import accuracy_score, cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(19)

# ---- inputs: 180 pairs of 90 prompts, with a judge that likes length and lists
WORDS = "the bar is red tall blue low circle left of right counted three".split()


def answer(quality, is_list):
    words = rng.choice(WORDS, int(rng.integers(3, 30)))
    text = " ".join(words)
    if is_list:
        k = int(rng.integers(1, 5))
        text = "\n".join(f"- {part}" for part in np.array_split(words, k) for part in [" ".join(part)])
    if rng.random() < 0.3:
        text = f"**Answer** {text}"
    return text, quality + 0.02 * len(words) + 0.5 * is_list + rng.normal()


rows = []
for i in range(180):
    good, s_good = answer(0.8, rng.random() < 0.4)
    bad, s_bad = answer(0.0, rng.random() < 0.4)
    rows.append(
        dict(
            id=f"r{i}", prompt=f"question {i // 2}", chosen=good, rejected=bad,
            scores=[round(s_good, 6), round(s_bad, 6)],
            other=[round(s_good + rng.normal(0, 0.7), 6), round(s_bad + rng.normal(0, 0.7), 6)],
            edited=[round(s_good - 0.2 + rng.normal(0, 0.5), 6), round(s_bad - 0.2 + rng.normal(0, 0.5), 6)],
            unseen=[round(rng.normal(), 6), round(rng.normal(), 6)],
            belief=[[round(s_good + 0.3 + rng.normal(0, 0.2), 6), round(s_bad + rng.normal(0, 0.2), 6)],
                    [round(s_good + rng.normal(0, 0.2), 6), round(s_bad + 0.3 + rng.normal(0, 0.2), 6)]],
            language=["en", "ja", "de"][(i // 2) % 3],
            chosen_model=["m1", "m2", "m3"][i % 3], rejected_model=["m2", "m3", "m1"][(i // 2) % 3],
        )
    )
(here / "inputs.json").write_text(json.dumps(rows) + "\n")

# ---- what every audit needs
scores = np.array([r["scores"] for r in rows])
margin = scores[:, 0] - scores[:, 1]
sd = scores.ravel().std(ddof=1)
prompts = np.array([r["prompt"] for r in rows])
names, cluster = np.unique(prompts, return_inverse=True)
out = dict(deviation=float(sd), accuracy=float((margin > 0).mean()))


def boot(statistic, reps=100_000, seed=7):
    """Percentile interval under resampling of whole prompts; `statistic` takes weights [reps, n]."""
    g = np.random.default_rng(seed)
    draws = []
    for _ in range(reps // 1000):
        counts = g.multinomial(len(names), np.full(len(names), 1 / len(names)), size=1000)
        draws.append(statistic(counts[:, cluster].astype(float)))
    return [float(q) for q in np.quantile(np.concatenate(draws), [0.025, 0.975])]


def prompt_means(values, groups):
    return np.array([values[groups == g].mean() for g in np.unique(groups)])


def estimate(values, groups):
    means = prompt_means(np.asarray(values, float), np.asarray(groups))
    t = stats.ttest_1samp(means, 0)
    g = np.random.default_rng(3)
    draws = np.concatenate([
        g.multinomial(len(means), np.full(len(means), 1 / len(means)), size=1000) @ means / len(means)
        for _ in range(100)
    ])
    return dict(
        value=float(means.mean()), p=float(t.pvalue), prompts=len(means),
        standardError=float(means.std(ddof=1) / math.sqrt(len(means))),
        interval=[float(q) for q in np.quantile(draws, [0.025, 0.975])],
    )


# ---- features
def lists(t):
    return len(re.findall(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?=\S)", t, re.M))


def bold(t):
    return len(re.findall(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", t))


def share(f):
    def d(a, b):
        x, y = f(a), f(b)
        return 0.0 if x + y == 0 else (x - y) / (x + y)
    return d


features = dict(
    length=lambda a, b: math.log1p(len(a)) - math.log1p(len(b)),
    markdown=share(lambda t: lists(t) + bold(t)), lists=share(lists), bold=share(bold),
)
out["features"] = {}
for name, difference in features.items():
    x = np.array([difference(r["chosen"], r["rejected"]) for r in rows])
    y = margin / sd
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="cluster", cov_kwds=dict(groups=cluster))
    spread = x.std(ddof=1)
    slope, error = fit.params[1], fit.bse[1]
    cov = dict(cov_type="cluster", cov_kwds=dict(groups=cluster), disp=0)
    judge = sm.Logit((margin > 0).astype(float), x / spread).fit(**cov)
    # Labels: the right response is taken always; statsmodels refuses a constant y, so both sides
    # are given with half the weight each, which has the same likelihood.
    human = sm.GLM(np.r_[np.ones(len(x)), np.zeros(len(x))], np.r_[x, -x] / spread,
                   family=sm.families.Binomial(), freq_weights=np.full(2 * len(x), 0.5)).fit(tol=1e-14)

    def slopes(w, x=x, y=y):
        n, sx, sy = w.sum(1), w @ x, w @ y
        return (w @ (x * y) - sx * sy / n) / (w @ (x * x) - sx * sx / n)

    out["features"][name] = dict(
        effect=float(slope * spread), slope=float(slope * sd), slopeError=float(error * sd),
        p=float(2 * stats.t.sf(abs(slope / error), len(names) - 1)),
        flips=float(((margin / sd > 0) != (margin / sd - slope * x > 0)).mean()),
        judge=float(judge.params[0]), judgeError=float(judge.bse[0]), human=float(human.params[0]),
        interval=[q * spread for q in boot(slopes)],
    )

lengths = np.array([[len(r["chosen"]), len(r["rejected"])] for r in rows])
longer = np.where(lengths[:, 0] > lengths[:, 1], 1, np.where(lengths[:, 0] == lengths[:, 1], 0.5, 0))
parts = dict(shorter=lengths[:, 0] < 0.9 * lengths[:, 1], longer=lengths[:, 1] < 0.9 * lengths[:, 0])
parts["within"] = ~(parts["shorter"] | parts["longer"])
out["length"] = dict(
    longerWins=float(longer.mean()),
    **{k: [int(v.sum()), float((margin[v] > 0).mean()), *map(float, proportion_confint(int((margin[v] > 0).sum()), int(v.sum()), method="wilson"))] for k, v in parts.items()},
)

# ---- an edit of responses, a stated belief, no picture
edited = np.array([r["edited"] for r in rows])
flips = 0.5 * (((edited[:, 0] - scores[:, 1] > 0) != (margin > 0)).astype(float)
               + ((scores[:, 0] - edited[:, 1] > 0) != (margin > 0)))
out["edit"] = dict(effect=estimate(((edited - sd * 0 - scores) / sd).ravel(), np.repeat(cluster, 2)), flips=estimate(flips, cluster))
b = np.array([r["belief"] for r in rows])  # [row, belief, response]
agree = ((b[:, 0, 0] - b[:, 1, 0]) + (b[:, 1, 1] - b[:, 0, 1])) / 2 / sd
out["belief"] = dict(effect=estimate(agree, cluster),
                     flips=float(prompt_means(((b[:, 0, 0] > b[:, 0, 1]) != (b[:, 1, 0] > b[:, 1, 1])).astype(float), cluster).mean()))
u = np.array([r["unseen"] for r in rows])
seen, unseen = (margin > 0).astype(float), (u[:, 0] > u[:, 1]).astype(float)
out["reliance"] = dict(withPicture=float(seen.mean()), withoutPicture=float(unseen.mean()),
                       difference=float((seen - unseen).mean()),
                       interval=boot(lambda w: w @ (seen - unseen) / w.sum(1)),
                       effect=estimate(((u[:, 0] - u[:, 1]) - margin) / sd, cluster))

# ---- groups
language = np.array([r["language"] for r in rows])
right = (margin > 0).astype(int)
frame = MetricFrame(metrics=accuracy_score, y_true=np.ones(len(rows), int), y_pred=right, sensitive_features=language)
out["groups"] = dict(by={k: float(v) for k, v in frame.by_group.items()}, gap=float(frame.difference()), ratio=float(frame.ratio()))
per_prompt = np.array([language[cluster == g][0] for g in range(len(names))])
g = np.random.default_rng(11)
hits = 0
for _ in range(20_000):
    drawn = g.permutation(per_prompt)[cluster]
    shares = [right[drawn == v].mean() for v in np.unique(language)]
    hits += max(shares) - min(shares) >= out["groups"]["gap"] - 1e-12
out["groups"]["p"] = (1 + hits) / 20_001
out["sources"] = {}
for m in ("m1", "m2", "m3"):
    c, r_ = np.array([r["chosen_model"] == m for r in rows]), np.array([r["rejected_model"] == m for r in rows])
    keep = c != r_
    skew = ((margin > 0) == c).astype(float)[keep] - c[keep]
    out["sources"][m] = dict(count=int(keep.sum()), **estimate(skew, cluster[keep]))

# ---- two models on the same rows
other = np.array([r["other"] for r in rows])
m2 = other[:, 0] - other[:, 1]
a, b2 = (margin > 0).astype(int), (m2 > 0).astype(int)
table = [[int((a & b2).sum()), int((a & (1 - b2)).sum())], [int(((1 - a) & b2).sum()), int(((1 - a) & (1 - b2)).sum())]]
exact, chi = mcnemar(table, exact=True), mcnemar(table, exact=False, correction=True)
# Verdicts between the two responses in the order of their texts: which side is right is not a clue.
side = np.array([1 if r["chosen"] <= r["rejected"] else -1 for r in rows])
va, vb = np.sign(margin) * side, np.sign(m2) * side
out["compare"] = dict(
    agreement=float((va == vb).mean()), kappa=float(cohen_kappa_score(va, vb)),
    alpha=float(krippendorff.alpha(reliability_data=np.array([va, vb]), level_of_measurement="nominal")),
    exact=float(exact.pvalue), chi=float(chi.statistic), chiP=float(chi.pvalue),
    spearman=float(stats.spearmanr(margin, m2).statistic),
    accuracy=[float(a.mean()), float(b2.mean())],
    difference=boot(lambda w: w @ (b2 - a) / w.sum(1)),
)
(here / "expected.json").write_text(json.dumps(out) + "\n")
