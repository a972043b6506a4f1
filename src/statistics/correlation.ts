/** Rank correlation, held to scipy in test/evaluate/golden. */

/**
 * Returns Spearman's rank correlation; equal values share their mean rank. NaN if either side is
 * constant.
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  const a = ranks(x);
  const b = ranks(y);
  const middle = (x.length + 1) / 2;
  let both = 0;
  let first = 0;
  let second = 0;
  for (const [i, rank] of a.entries()) {
    const u = rank - middle;
    const v = (b[i] ?? NaN) - middle;
    both += u * v;
    first += u * u;
    second += v * v;
  }
  return both / Math.sqrt(first * second);
}

/**
 * Returns Kendall's rank correlation τ-b; values equal on one side alone lower it. NaN if either
 * side is constant.
 */
export function kendall(x: readonly number[], y: readonly number[]): number {
  let both = 0;
  let first = 0;
  let second = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const u = Math.sign((x[i] ?? NaN) - (x[j] ?? NaN));
      const v = Math.sign((y[i] ?? NaN) - (y[j] ?? NaN));
      both += u * v;
      first += u * u;
      second += v * v;
    }
  }
  return both / Math.sqrt(first * second);
}

function ranks(values: readonly number[]): number[] {
  const order = values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => a.value - b.value);
  const result = Array.from<number>({ length: values.length });
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    while (order[end]?.value === order[begin]?.value) end += 1;
    for (const { index } of order.slice(begin, end)) result[index] = (begin + 1 + end) / 2;
    begin = end;
  }
  return result;
}
