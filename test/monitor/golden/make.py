"""Makes expected.json: the statistics of src/monitor by numpy and scipy, from the same numbers.

    /work/venv-stats or: python3 -m venv V && V/bin/pip install scipy numpy
    V/bin/python test/monitor/golden/make.py

Nothing of src/monitor is read: the formulae are written down a second time.
"""

import json
import math
import pathlib

import numpy as np
from scipy import optimize, stats


def mulberry32(a):
    def f():
        nonlocal a
        a = (a + 0x6D2B79F5) & 0xFFFFFFFF
        t = a
        t = ((t ^ (t >> 15)) * (t | 1)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return ((t ^ (t >> 14)) & 0xFFFFFFFF) / 4294967296

    return f


def normals(seed, n):
    u = mulberry32(seed)
    r = []
    while len(r) < n:
        a = 1 - u()
        b = u()
        r.append(math.sqrt(-2 * math.log(a)) * math.cos(2 * math.pi * b))
    return np.array(r)


def psi(a, b, bins=10, add=0.5):
    edges = np.unique(np.quantile(a, np.linspace(0, 1, bins + 1)[1:-1]))
    count = lambda x: np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1)
    ca, cb = count(a), count(b)
    pa = (ca + add) / (ca.sum() + add * len(ca))
    pb = (cb + add) / (cb.sum() + add * len(cb))
    value = float(((pb - pa) * np.log(pb / pa)).sum())
    scale = 1 / len(a) + 1 / len(b)
    return dict(
        value=value,
        p=float(stats.chi2.sf(value / scale, len(edges))),
        limit=float(stats.chi2.ppf(0.99, len(edges)) * scale),
    )


def cusum(z, k, h):
    high = low = most = 0.0
    first, alarms = None, 0
    for t, x in enumerate(np.clip(z, -4, 4)):
        high, low = max(0, high + x - k), max(0, low - x - k)
        most = max(most, high, low)
        if max(high, low) > h:
            first = t + 1 if first is None else first
            alarms += 1
            high = low = 0.0
    return dict(most=most, first=first, alarms=alarms, high=high, low=low)


def capital(reference, scores):
    m = len(reference)
    doubt = 3.5 / math.sqrt(12 * m)
    s = np.sort(reference)
    u = (np.searchsorted(s, scores, "left") + np.searchsorted(s, scores, "right")) / 2 / m - 0.5
    wealth = np.ones(2)
    most = 0.0
    for t, x in enumerate(u):
        mean = u[:t].sum() / (t + 10)
        var = ((u[:t] ** 2).sum() + 10 / 12) / (t + 10)
        for i, sign in enumerate((1, -1)):
            edge = sign * mean - doubt
            wealth[i] *= 1 + min(1, max(0, edge / (var + edge**2))) * (sign * x - doubt)
        most = max(most, math.log(wealth.mean()))
    return dict(log=math.log(wealth.mean()), most=most)


def run_length(k, h):
    b = h + 1.166
    one_sided = (math.exp(2 * k * b) - 2 * k * b - 1) / (2 * k * k)
    return one_sided / 2


out = {}
a, b, c = normals(11, 200), normals(12, 150) + 0.3, normals(13, 900)
rounded = np.round(normals(14, 300))
out["psi"] = [psi(a, b), psi(c, a), psi(rounded, np.round(b))]
out["ks"] = []
for x, y in [(a, b), (c, a), (a, c), (c, b), (rounded, np.round(b))]:
    ks = stats.ks_2samp(x, y, method="exact")
    out["ks"].append([float(ks.statistic), float(ks.pvalue)])
out["counts"] = []
for x, y in [([12, 40], [30, 31]), ([5, 9, 30], [11, 8, 19]), ([0, 7, 3], [2, 5, 9]), ([10, 10], [10, 11])]:
    chi = stats.chi2_contingency([x, y], correction=True)
    out["counts"].append(dict(a=x, b=y, statistic=float(chi.statistic), p=float(chi.pvalue)))
out["cusum"] = [
    dict(shift=shift, k=k, h=h, **cusum(normals(15, 800) + shift, k, h))
    for shift, k, h in [(0, 0.5, 5), (0.4, 0.5, 5), (-1, 0.25, 8), (0, 0.5, 3)]
]
out["runLength"] = [[k, h, run_length(k, h)] for k in (0.25, 0.5, 1) for h in (2, 5, 8, 12)]
out["limit"] = [
    [k, n, optimize.brentq(lambda h: math.log(run_length(k, h) / n), 0.01, 60, xtol=1e-13)]
    for k, n in [(0.5, 1e4), (0.5, 1e6), (0.25, 1e5), (1, 500)]
]
out["betting"] = [
    dict(shift=shift, **capital(a, normals(16, 400) + shift)) for shift in (0, 0.5, -0.7)
]
pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(out) + "\n")
