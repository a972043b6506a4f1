"""Synthetic score files and what they come to, by numpy, scipy and the benchmarks' own formulas.

    python make.py          (numpy, scipy, pyarrow; writes beside itself)

Independent of the project's code: files and expected values are compared in ../*.test.ts.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats
from scipy.optimize import minimize_scalar

HERE = Path(__file__).parent
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080200000090775"
    "3de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def words(rng, low, high):
    """A response of some length, now and then with a character outside the basic plane."""
    text = " ".join(["word", "répon\u00e9", "z\U0001f600", "a"][rng.integers(4)] for _ in range(rng.integers(low, high)))
    return text


def write_lines(name, rows):
    (HERE / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def scipy_interval(pairs_by_cluster, statistic, seed):
    """scipy's percentile bootstrap over clusters; `statistic` takes sums per cluster, columns of an array."""
    data = np.asarray(pairs_by_cluster, dtype=float)
    result = stats.bootstrap(
        tuple(data.T), statistic, paired=True, vectorized=True, n_resamples=20000,
        method="percentile", confidence_level=0.95, rng=np.random.default_rng(seed),
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def ratio(num, den, axis=-1):
    return num.sum(axis=axis) / den.sum(axis=axis)


def by_cluster(clusters, values, counts):
    sums = defaultdict(lambda: [0.0, 0.0])
    for cluster, value, count in zip(clusters, values, counts):
        sums[cluster][0] += value * count
        sums[cluster][1] += count
    return list(sums.values())


def calibration(margins):
    margins = np.asarray(margins)
    loss = lambda slope: float(np.mean(np.logaddexp(0, -slope * margins)))
    found = minimize_scalar(loss, bounds=(1e-4, 100), method="bounded", options={"xatol": 1e-12})
    out = {"temperature": 1 / found.x}
    for name, temperature in [("errorAtOne", 1.0), ("error", 1 / found.x)]:
        confidence = 1 / (1 + np.exp(-np.abs(margins) / temperature))
        right = np.where(margins > 0, 1.0, np.where(margins < 0, 0.0, 0.5))
        which = np.minimum(9, np.floor((confidence - 0.5) * 20).astype(int))
        out[name] = float(sum(
            abs(right[which == b].mean() - confidence[which == b].mean()) * (which == b).sum()
            for b in range(10) if (which == b).any()
        ) / len(margins))
    return out


def vl_rewardbench():
    """Its exact schema (dataset card): pictures inside, ids that repeat, ties, one row word for word twice."""
    rng = np.random.default_rng(0)
    prefixes = ["hallucination_pair-", "RLAIF-V-", "RLHF-V-", "mathverse_", "mmmu_pro_", "wildvision-battle-", "vlfeedback7-", "1a2b"]
    weights = [0.3, 0.18, 0.06, 0.13, 0.12, 0.14, 0.04, 0.03]
    rows, scores = [], []
    for i in range(300):
        prefix = prefixes[rng.choice(len(prefixes), p=weights)]
        ranking = [0, 1] if rng.random() < 0.5 else [1, 0]
        response = [words(rng, 1, 30), words(rng, 1, 30)]
        if i % 40 == 3:
            response[1] = response[0][::-1]  # as long, another text
        row = {
            "id": f"{prefix}{i}", "query": f"<image>\nWhat is in picture {i % 90}?", "response": response,
            "image": {"bytes": PNG, "path": f"{i}.png"}, "human_ranking": ranking, "models": ["a", "b"],
            "judge": "human", "rationale": "", "query_source": "made up", "ground_truth": "",
        }
        if i % 25 == 24:
            row["id"] = rows[-1]["id"]  # repeats with other responses
            row["query"] = rows[-1]["query"]
        rows.append(row)
        preferred = ranking.index(0)
        value = [float(np.round(rng.normal(0.8 if j == preferred else 0, 1), 3)) for j in range(2)]
        if i % 30 == 7:
            value[1] = value[0]
        scores.append({"id": row["id"], "scores": value})
    rows.append(dict(rows[10]))  # word for word
    scores.append({"id": rows[10]["id"], "scores": [-9.0, -9.0]})
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([
        ("id", pa.string()), ("query", pa.string()), ("response", pa.list_(pa.string())), ("image", image),
        ("human_ranking", pa.list_(pa.int64())), ("models", pa.list_(pa.string())), ("judge", pa.string()),
        ("rationale", pa.string()), ("query_source", pa.string()), ("ground_truth", pa.string()),
    ])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), HERE / "vl-rewardbench.parquet", row_group_size=100)
    write_lines("vl-rewardbench-scores.jsonl", scores)

    rows, scores = rows[:-1], scores[:-1]
    def group(id):
        low = id.lower()
        if low.startswith(("hallucination_pair", "rlaif-v", "rlhf-v")):
            return "hallucination"
        return "reasoning" if low.startswith(("mathverse", "mmmu_pro")) else "general"
    groups = [group(row["id"]) for row in rows]
    pref = [row["human_ranking"].index(0) for row in rows]
    first = np.array([s["scores"][p] for s, p in zip(scores, pref)])
    other = np.array([s["scores"][1 - p] for s, p in zip(scores, pref)])
    len_first = np.array([len(row["response"][p]) for row, p in zip(rows, pref)])
    len_other = np.array([len(row["response"][1 - p]) for row, p in zip(rows, pref)])
    ids = [row["id"] for row in rows]

    def table(right):
        out = {"Overall": float(right.mean())}
        for name in ["general", "hallucination", "reasoning"]:
            out[name] = float(right[[g == name for g in groups]].mean())
        out["Macro"] = float(np.mean([out[n] for n in ["general", "hallucination", "reasoning"]]))
        return out

    right = (first > other).astype(float)
    member = {n: np.array([g == n for g in groups], dtype=float) for n in ["general", "hallucination", "reasoning"]}
    intervals = {"Overall": scipy_interval(by_cluster(ids, right, np.ones(300)), ratio, 1)}
    for name in member:
        intervals[name] = scipy_interval(by_cluster(ids, right, member[name]), ratio, 2)
    six = np.array([np.concatenate([p for p in parts]) for parts in zip(*[by_cluster(ids, right, member[n]) for n in member])])
    macro = lambda a, b, c, d, e, f, axis=-1: (ratio(a, b, axis) + ratio(c, d, axis) + ratio(e, f, axis)) / 3
    intervals["Macro"] = scipy_interval(six, macro, 3)
    quotient = len_first / len_other
    edges = [0, 0.5, 0.9, 1 / 0.9, 2, np.inf]
    all_scores = np.array([s for p, row in zip(pref, scores) for s in (row["scores"][p], row["scores"][1 - p])])
    all_lengths = np.array([n for a, b in zip(len_first, len_other) for n in (a, b)])
    return {
        "rows": 300, "duplicates": 1, "clusters": len(set(ids)), "ties": int((first == other).sum()),
        "counts": {n: int(member[n].sum()) for n in member},
        "values": table(right), "intervals": intervals,
        "shorterWins": table((len_first < len_other).astype(float)),
        "longerWins": table((len_first > len_other).astype(float)),
        "lengthBins": [[int(((quotient >= a) & (quotient < b)).sum()), float(right[(quotient >= a) & (quotient < b)].mean())] for a, b in zip(edges, edges[1:])],
        "scoreAndLength": float(stats.spearmanr(all_scores, all_lengths).statistic),
        "differences": float(stats.spearmanr(first - other, len_first - len_other).statistic),
        "calibration": calibration(first - other),
        "wrong": [ids[i] for i in np.argsort(first - other, kind="stable") if first[i] <= other[i]],
    }


def mm_rlhf():
    rng = np.random.default_rng(1)
    rows, scores = [], []
    for i in range(120):
        id = f"id-{rng.integers(30)}"
        kind = ["mcq", "long", "short", "safety", "video"][int(id[3:]) % 5]
        media = {"video": f"video/{id}.mp4"} if kind == "video" else {"image": f"{kind}/{id}.jpg"}
        rows.append({"id": id, "prompt": f"<image>\nQuestion {id}", "chosen": words(rng, 1, 9), "rejected": words(rng, 1, 9), **media, "chosen_reason": "", "rejected_reason": ""})
        value = [float(np.round(rng.normal(1.6), 2)), float(np.round(rng.normal(0), 2))]
        if i % 17 == 0:
            value[1] = value[0]
        scores.append({"id": id, "scores": value})
    write_lines("mm-rlhf.jsonl", rows)
    write_lines("mm-rlhf-scores.jsonl", scores)
    right = np.array([s["scores"][0] > s["scores"][1] for s in scores], dtype=float)
    kinds = [(r.get("image") or r.get("video")).split("/")[0] for r in rows]
    of_id, kind_of = defaultdict(list), {}
    for row, ok, kind in zip(rows, right, kinds):
        of_id[row["id"]].append(ok)
        kind_of[row["id"]] = kind
    plus = {id: float(all(oks)) for id, oks in of_id.items()}
    values = {"Overall": float(right.mean()), "Acc+": float(np.mean(list(plus.values())))}
    for kind in set(kinds):
        values[kind] = float(np.mean([ok for ok, k in zip(right, kinds) if k == kind]))
        values[f"{kind} Acc+"] = float(np.mean([plus[id] for id in plus if kind_of[id] == kind]))
    ids = [row["id"] for row in rows]
    intervals = {
        "Overall": scipy_interval(by_cluster(ids, right, np.ones(120)), ratio, 4),
        "Acc+": scipy_interval([[p, 1] for p in plus.values()], ratio, 5),
    }
    return {"values": values, "intervals": intervals}


def rewardbench():
    rng = np.random.default_rng(2)
    counts = {"alpacaeval-easy": 100, "alpacaeval-length": 95, "mt-bench-med": 40, "mt-bench-hard": 37, "llmbar-natural": 100, "donotanswer": 136, "refusals-dangerous": 100, "math-prm": 984, "hep-python": 164, "hep-js": 164}
    sections = {"Chat": ["alpacaeval-easy", "alpacaeval-length", "alpacaeval-hard", "mt-bench-easy", "mt-bench-med"], "Chat Hard": ["mt-bench-hard", "llmbar-natural"], "Safety": ["refusals-dangerous", "donotanswer"], "Reasoning": ["math-prm", "hep-python", "hep-js"]}
    rows, scores, oks = [], [], defaultdict(list)
    for i in range(200):
        subset = list(counts)[i % len(counts)]
        rows.append({"id": i, "prompt": f"Prompt {i // 2}", "chosen": words(rng, 1, 20), "rejected": words(rng, 1, 20), "subset": subset})
        value = [float(np.round(rng.normal(0.3 + (i % 10) / 9), 2)), float(np.round(rng.normal(0), 2))]
        if i % 23 == 0:
            value[1] = value[0]
        scores.append({"id": i, "scores": value})
        oks[subset].append(float(value[0] > value[1]))
    write_lines("rewardbench.jsonl", rows)
    write_lines("rewardbench-scores.jsonl", scores)
    values = {subset: float(np.mean(ok)) for subset, ok in oks.items()}
    for section, tests in sections.items():
        present = [t for t in tests if t in oks]
        values[section] = float(sum(values[t] * counts[t] for t in present) / sum(counts[t] for t in present))
    values["Score"] = float(np.mean([values[s] for s in sections]))
    return {"values": values}


def rewardbench_2():
    """Best of four with shared points, and Ties with spreads of 0 (0/0 and x/0 in the margin term)."""
    rng = np.random.default_rng(3)
    rows, scores, results = [], [], defaultdict(list)
    for i in range(60):
        subset = ["Factuality", "Math", "Focus"][i % 3]
        rows.append({"id": str(i), "prompt": f"Prompt {i}", "chosen": [words(rng, 1, 9)], "rejected": [words(rng, 1, 9) for _ in range(3)], "num_correct": 1, "total_completions": 4, "subset": subset})
        value = [float(v) for v in np.round(rng.normal(size=4) + [0.9, 0, 0, 0], 1)]
        scores.append({"id": str(i), "scores": value})
        best = max(value)
        results[subset].append(1 / value.count(best) if value[0] == best else 0.0)
    ref, tied = {}, {}
    for prompt in range(20):
        for kind in ["ref", "tied"]:
            right = 1 if kind == "ref" else int(rng.integers(2, 6))
            wrong = int(rng.integers(2, 6))
            value = np.round(rng.normal(size=right + wrong), 1)
            value[:right] = value[:right] * 0.3 + 1.8
            value = np.round(value, 1)
            if prompt % 5 == 0 and kind == "tied":
                value[:right] = 2.0 if prompt % 10 == 0 else float(value[right:].max())
            rows.append({"id": f"{kind}:{prompt}", "prompt": f"Ties {kind} {prompt}", "chosen": [f"right {j}" for j in range(right)], "rejected": [f"wrong {j}" for j in range(wrong)], "num_correct": right, "total_completions": right + wrong, "subset": "Ties"})
            scores.append({"id": f"{kind}:{prompt}", "scores": [float(v) for v in value]})
            correct, incorrect = value[:right], value[right:]
            stat = (correct.min() - incorrect.max() > 0, correct.max() - correct.min(), correct.min() - incorrect.max())
            (ref if kind == "ref" else tied)[prompt] = stat
    write_lines("rewardbench-2.jsonl", rows)
    write_lines("rewardbench-2-scores.jsonl", scores)
    spread = np.array([tied[p][1] for p in range(20)])
    gap, gap_ref = np.array([tied[p][2] for p in range(20)]), np.array([ref[p][2] for p in range(20)])
    with np.errstate(all="ignore"):
        margin = np.nan_to_num(np.tanh(np.minimum(gap_ref, gap) / spread - 1), nan=0.0)
    ties = (0.30 * np.mean([t[0] for t in tied.values()]) + 0.30 * np.mean([r[0] for r in ref.values()])
            + 0.20 * np.mean(gap > spread) + 0.20 * np.mean(np.minimum(gap_ref, gap) > spread) + 0.01 * margin.mean())
    values = {subset: float(np.mean(r)) for subset, r in results.items()} | {"Ties": float(ties)}
    values["Score"] = float(np.mean(list(values.values())))
    return {"values": values}


def multimodal_rewardbench():
    rng = np.random.default_rng(4)
    rows, scores, oks = [], [], defaultdict(list)
    kinds = [("general", "x"), ("safety", "PAIRS-"), ("safety", "hate"), ("reasoning", "MathVista"), ("reasoning", "emma")]
    for i in range(100):
        category, prefix = kinds[i % 5]
        better = "Output2" if rng.random() < 0.5 else "Output1"
        rows.append({"ID": f"{prefix}{i}", "Text": f"Question {i // 4}", "Image": f"images/{i // 4}.png", "Output1": words(rng, 1, 9), "Output2": words(rng, 1, 9), "Better": better, "Category": category})
        value = [float(np.round(rng.normal(), 1)), float(np.round(rng.normal(), 1))]
        scores.append({"id": rows[-1]["ID"], "scores": value})
        right = float(value[1] > value[0] if better == "Output2" else value[0] > value[1])
        name = {"PAIRS-": "safety/bias", "hate": "safety/toxicity", "MathVista": "reasoning/math", "emma": "reasoning/coding"}.get(prefix, category)
        oks[name].append(right)
        oks["Overall"].append(right)
    (HERE / "multimodal-rewardbench.json").write_text(json.dumps(rows))
    write_lines("multimodal-rewardbench-scores.jsonl", scores)
    return {"values": {name: float(np.mean(ok)) for name, ok in oks.items()}}


def ab():
    rng = np.random.default_rng(5)
    files = {"a": [], "b": [], "c": []}
    values = defaultdict(list)
    categories = []
    for i in range(300):
        category = ["chart", "scene", "text"][i % 3]
        categories.append(category)
        base = rng.normal()
        for name, shift in [("a", 0.35), ("b", 0.0), ("c", 0.3)]:
            score = float(np.round(base + shift + rng.normal() * (1.2 if category != "text" else 0.4), 2))
            if name == "b" and i % 15 == 0:
                score = values["a"][-1]
            values[name].append(score)
            files[name].append({"id": i, "prompt": f"Prompt {i}", "response": words(rng, 1, 3), "category": category, "correct": bool(rng.random() < 0.6 + shift / 2), "score": score})
    for name, rows in files.items():
        write_lines(f"ab-{name}.jsonl", rows)
    out = {"comparisons": []}
    p_values = []
    for x, y in [("a", "b"), ("a", "c"), ("b", "c")]:
        difference = np.array(values[x]) - np.array(values[y])
        wins, losses, ties = int((difference > 0).sum()), int((difference < 0).sum()), int((difference == 0).sum())
        credit = np.where(difference > 0, 1.0, np.where(difference < 0, 0.0, 0.5))
        exact = float(stats.binomtest(wins, wins + losses).pvalue)
        chi = (abs(wins - losses) - 1) ** 2 / (wins + losses)
        only_x = sum(a["correct"] and not b["correct"] for a, b in zip(files[x], files[y]))
        only_y = sum(b["correct"] and not a["correct"] for a, b in zip(files[x], files[y]))
        z = stats.norm.ppf(0.975), stats.norm.ppf(0.8)
        share, decided = wins / (wins + losses), (wins + losses) / 300
        p_values.append(exact)
        out["comparisons"].append({
            "wins": wins, "losses": losses, "ties": ties, "winRate": float(credit.mean()), "difference": float(difference.mean()),
            "winRateInterval": scipy_interval(np.c_[credit, np.ones(300)], ratio, 6),
            "differenceInterval": scipy_interval(np.c_[difference, np.ones(300)], ratio, 7),
            "exactPValue": exact, "chiSquare": float(chi), "pValue": float(stats.chi2.sf(chi, 1)),
            "onlyFirst": only_x, "onlySecond": only_y, "correctnessPValue": float(stats.binomtest(only_x, only_x + only_y).pvalue),
            "promptsNeeded": int(np.ceil(((z[0] / 2 + z[1] * np.sqrt(share * (1 - share))) / (share - 0.5)) ** 2 / decided)),
            "promptsNeededForMean": int(np.ceil(((z[0] + z[1]) * difference.std(ddof=1) / difference.mean()) ** 2)),
            "categories": {c: float(credit[[k == c for k in categories]].mean()) for c in ["chart", "scene", "text"]},
        })
    order = np.argsort(p_values)
    holm, least = [0.0] * 3, 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, p_values[i] * (3 - rank)))
        holm[i] = least
    for comparison, value in zip(out["comparisons"], holm):
        comparison["holm"] = value
    ranks = stats.rankdata(-np.array([values[n] for n in "abc"]), axis=0).mean(axis=1)
    out["meanRanks"] = [float(r) for r in ranks]
    return out


def kendall():
    """Scores to three digits and what a rounding makes of them: without ties, with ties on one side, on both."""
    rng = np.random.default_rng(6)
    x = np.round(rng.normal(size=60), 3)
    out = []
    for drift, first, second in [(0.001, 3, 6), (0.5, 3, 6), (0.5, 3, 1), (0.2, 1, 1), (9.0, 3, 6)]:
        a, b = np.round(x, first), np.round(x + drift * rng.normal(size=60), second)
        out.append({"x": a.tolist(), "y": b.tolist(), "tau": float(stats.kendalltau(a, b).statistic)})
    return out


expected = {
    "vl-rewardbench": vl_rewardbench(), "mm-rlhf": mm_rlhf(), "rewardbench": rewardbench(),
    "rewardbench-2": rewardbench_2(), "multimodal-rewardbench": multimodal_rewardbench(), "ab": ab(),
    "kendall": kendall(),
}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
