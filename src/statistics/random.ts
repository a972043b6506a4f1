// Tested by: test/evaluate/metrics.test.ts
/**
 * A seeded generator of random numbers (xoshiro128**, Blackman and Vigna), so that every interval
 * can be had again.
 */

export interface Random {
  /** A whole number from 0 to `count` − 1. */
  readonly below: (count: number) => number;
}

export function random(seed: number): Random {
  const state = new Uint32Array(4);
  // splitmix32 spreads a small seed over the state.
  let mixed = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let word = mixed ^ (mixed >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    state[i] = word ^ (word >>> 15);
  }
  return { below: (count) => Math.floor((next(state) / 2 ** 32) * count) };
}

function next(state: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  const third = c ^ a;
  const fourth = d ^ b;
  state[1] = b ^ third;
  state[0] = a ^ fourth;
  state[2] = third ^ (b << 9);
  state[3] = rotate(fourth, 11);
  return result;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
