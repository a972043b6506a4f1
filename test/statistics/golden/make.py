"""Makes expected.json: scipy's own values for src/statistics.

    python3 -m venv V && V/bin/pip install scipy numpy && V/bin/python test/statistics/golden/make.py
"""

import json
import pathlib

import numpy as np
from scipy import special, stats

rng = np.random.default_rng(5)
out = {}


def rows(function, cases):
    return [[*map(float, case), float(function(*case))] for case in cases]


xs = [1e-8, 0.01, 0.3, 0.5, 1, 1.7, 3, 8, 30, 170, 1e4]
out["logGamma"] = rows(special.gammaln, [(x,) for x in xs])
pairs = [(a, x) for a in [0.5, 1, 2.5, 9, 40, 500] for x in [1e-9, 0.02, 0.7, 2, 9, 41, 300, 520]]
out["lowerGamma"] = rows(special.gammainc, pairs)
out["upperGamma"] = rows(special.gammaincc, pairs)
out["complementaryError"] = rows(special.erfc, [(x,) for x in [-4, -1, -0.1, 0, 1e-6, 0.3, 1, 2, 5, 9]])
betas = [(x, a, b) for a in [0.5, 1, 3, 20, 400] for b in [0.5, 2, 7, 90] for x in [1e-6, 0.1, 0.5, 0.77, 0.999]]
out["incompleteBeta"] = rows(lambda x, a, b: special.betainc(a, b, x), betas)
zs = [-9, -3.3, -1, 0, 0.4, 1.96, 4, 8]
out["normalCdf"] = rows(stats.norm.cdf, [(z,) for z in zs])
ps = [1e-12, 1e-4, 0.025, 0.3, 0.5, 0.9, 0.975, 0.99999]
out["normalQuantile"] = rows(stats.norm.ppf, [(p,) for p in ps])
out["chiSquareTail"] = rows(stats.chi2.sf, [(x, d) for d in [1, 9, 50] for x in [0.1, 3.8, 21.67, 90]])
out["chiSquareQuantile"] = rows(stats.chi2.ppf, [(p, d) for d in [1, 9, 50] for p in [0.01, 0.5, 0.95, 0.99, 0.9999]])
out["betaQuantile"] = rows(stats.beta.ppf, [(p, a, b) for a, b in [(1, 9), (0.5, 0.5), (30, 4)] for p in [0.025, 0.5, 0.975]])
out["binomialCdf"] = rows(stats.binom.cdf, [(k, n, p) for n in [1, 20, 300] for p in [0.02, 0.5, 0.9] for k in [0, 1, 3, 17, 200] if k <= n])
out["studentTwoSided"] = rows(lambda t, d: 2 * stats.t.sf(abs(t), d), [(t, d) for t in [0, -1.3, 2.5, 8] for d in [1, 4, 30, 500]])


def share(kind):
    def function(k, n, level):
        return stats.binomtest(int(k), int(n)).proportion_ci(level, kind)

    return [
        [k, n, level, function(k, n, level).low, function(k, n, level).high]
        for k, n in [(0, 5), (17, 20), (18, 18), (3, 400), (250, 400)]
        for level in [0.9, 0.95]
    ]


out["wilson"] = share("wilson")
out["clopperPearson"] = share("exact")

samples = [
    (rng.normal(size=12), rng.normal(0.6, 1, 9)),
    (rng.normal(size=40), rng.normal(0.3, 1, 55)),
    (rng.integers(0, 6, 50).astype(float), rng.integers(1, 7, 80).astype(float)),
    (rng.normal(size=300), rng.normal(0.1, 1.2, 700)),
]
out["twoSamples"] = []
for a, b in samples:
    ks = stats.ks_2samp(a, b, method="exact")
    mw = stats.mannwhitneyu(a, b, method="asymptotic")
    welch = stats.ttest_ind(a, b, equal_var=False)
    out["twoSamples"].append(
        dict(
            a=a.tolist(), b=b.tolist(), ks=[float(ks.statistic), float(ks.pvalue)],
            mannWhitney=[float(mw.statistic), float(mw.pvalue)],
            welch=[float(welch.statistic), float(welch.pvalue)],
            wasserstein=float(stats.wasserstein_distance(a, b)),
        )
    )
out["wilcoxon"] = []
for n, shift in [(12, 0.4), (40, 0.1), (200, 0.2)]:
    d = np.round(rng.normal(shift, 1, n), 1)
    w = stats.wilcoxon(d, method="asymptotic", correction=False)
    out["wilcoxon"].append(dict(d=d.tolist(), statistic=float(w.statistic), p=float(w.pvalue)))

pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(out) + "\n")
