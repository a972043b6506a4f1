"""Makes expected.json: fits by numpy, scipy and scikit-learn for src/adapt and src/label.

    python3 -m venv V && V/bin/pip install numpy scipy scikit-learn krippendorff statsmodels
    V/bin/python test/adapt/golden/make.py

Data are mulberry32 numbers made normal by Box and Muller, so that TypeScript rebuilds them.
"""

import json
import math
import pathlib

import krippendorff
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

out = {}


def mulberry32(a):
    def draw():
        nonlocal a
        a = (a + 0x6D2B79F5) & 0xFFFFFFFF
        t = a
        t = ((t ^ (t >> 15)) * (t | 1)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return ((t ^ (t >> 14)) & 0xFFFFFFFF) / 4294967296

    return draw


def normals(seed, n):
    u = mulberry32(seed)
    return np.array([math.sqrt(-2 * math.log(1 - u())) * math.cos(2 * math.pi * u()) for _ in range(n)])


n, d = 60, 8
X = normals(1, n * d).reshape(n, d)
w0 = normals(2, d) * 0.3
wt = w0 + normals(3, d) * 0.5
u = mulberry32(4)
t = np.array([1.0 if u() < expit(x @ wt) else 0.0 for x in X])
t[::7] = 0.5
c = 0.5 + np.abs(normals(9, n))
offset = X @ w0


def objective(delta, rows, lam):
    m = offset[rows] + X[rows] @ delta
    loss = np.logaddexp(0, -m) + (1 - t[rows]) * m
    return (c[rows] * loss).sum() + lam / 2 * delta @ delta


def fit(rows, lam):
    delta = np.zeros(d)
    for _ in range(100):
        m = offset[rows] + X[rows] @ delta
        p = expit(m)
        gradient = X[rows].T @ (c[rows] * (p - t[rows])) + lam * delta
        hessian = (X[rows].T * (c[rows] * p * (1 - p))) @ X[rows] + lam * np.eye(d)
        step = np.linalg.solve(hessian, gradient)
        delta -= step
        if np.abs(step).max() < 1e-13:
            break
    return delta


blocks = [np.flatnonzero(np.arange(n) // 3 == k) for k in range(n // 3)]
out["fits"] = []
for lam in (0.1, 1.0, 10.0):
    delta = fit(np.arange(n), lam)
    left = np.empty(n)
    for block in blocks:
        rest = np.setdiff1d(np.arange(n), block)
        left[block] = offset[block] + X[block] @ fit(rest, lam)
    out["fits"].append(dict(lam=lam, delta=delta.tolist(), objective=float(objective(delta, np.arange(n), lam)), left=left.tolist()))

# scikit-learn: ± rows, no offset (zero prior) and no ties.
sure = t != 0.5
rows = X[sure] * np.where(t[sure] > 0.5, 1, -1)[:, None]
lr = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-12, max_iter=10000)
lr.fit(np.vstack([rows, -rows]), np.r_[np.ones(len(rows)), np.zeros(len(rows))])
out["sklearn"] = dict(lam=0.5, delta=lr.coef_[0].tolist())
# … and the same with the published margins as offsets.
signed = offset[sure] * np.where(t[sure] > 0.5, 1, -1)
start = minimize(
    lambda v: np.logaddexp(0, -(signed + rows @ v)).sum() + 0.25 * v @ v, np.zeros(d), method="BFGS", options=dict(gtol=1e-11)
)
out["offset"] = dict(lam=0.5, delta=start.x.tolist())

scale = minimize(
    lambda b: (c * (np.logaddexp(0, -np.exp(b[0]) * offset) + (1 - t) * np.exp(b[0]) * offset)).sum() + b[0] ** 2 / 0.5,
    [0.0], method="BFGS", options=dict(gtol=1e-12),
)
out["scale"] = float(np.exp(scale.x[0]))

# Agreement.
rng = np.random.default_rng(3)
out["kappa"] = []
for classes in (2, 3, 4):
    a = rng.integers(0, classes, 70)
    b = np.where(rng.random(70) < 0.6, a, rng.integers(0, classes, 70))
    out["kappa"].append(dict(a=a.tolist(), b=b.tolist(), kappa=float(cohen_kappa_score(a, b))))
out["alpha"] = []
for raters, items, values in ((3, 8, 2), (5, 40, 3), (2, 100, 5), (4, 30, 7)):
    data = rng.integers(0, values, (1, items)).repeat(raters, 0).astype(float)
    noise = rng.random(data.shape) < 0.35
    data[noise] = rng.integers(0, values, noise.sum())
    data[rng.random(data.shape) < 0.2] = np.nan
    levels = {
        level: float(krippendorff.alpha(reliability_data=data, level_of_measurement=level)) for level in ("nominal", "ordinal", "interval")
    }
    out["alpha"].append(dict(data=[[None if math.isnan(v) else v for v in row] for row in data.tolist()], **levels))

# PPI++ of a mean, as ppi_py has it.
Y = (normals(5, 80) > 0).astype(float)
Yh = np.clip(Y * 0.6 + 0.2 + 0.15 * normals(6, 80), 0, 1)
Yu = np.clip((normals(7, 2000) > 0) * 0.6 + 0.2 + 0.15 * normals(8, 2000), 0, 1)
out["ppi"] = []
for k, N in ((80, 2000), (40, 60), (12, 500)):
    y, h, v = Y[:k], Yh[:k], Yu[:N]
    lam = np.clip(np.cov(y, h, ddof=0)[0, 1] / ((1 + k / N) * np.var(np.r_[h, v])), 0, 1)
    theta = lam * v.mean() + (y - lam * h).mean()
    se = math.sqrt(lam**2 * v.var() / N + (y - lam * h).var() / k)
    out["ppi"].append(dict(k=k, N=N, lam=float(lam), theta=float(theta), se=float(se)))

pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(out) + "\n")
