/** The random numbers of golden/make.py: mulberry32, made normal by Box and Muller. */

export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 15), word | 1) >>> 0;
    word = (word ^ (word + Math.imul(word ^ (word >>> 7), word | 61))) >>> 0;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(uniform: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
  return radius * Math.cos(2 * Math.PI * uniform());
}

export function normals(seed: number, count: number): number[] {
  const uniform = mulberry32(seed);
  return Array.from({ length: count }, () => normal(uniform));
}
