// Tested by: test/kernels/rope.gpu.test.ts
/**
 * Tables of cosines and sines for the rope kernel.
 *
 * WGSL's own cos and sin may be off by 2⁻¹¹, so the CPU makes the tables. Angles are rounded to f32
 * at the same places as in PyTorch: at position 10,000 that rounding alone changes a cosine in its
 * fourth digit.
 */
import type { RopeConfig } from "./rope.ts";

/**
 * Returns the f32 frequencies of a decoder's head: theta^(−2j / dim), slowed if the config says so.
 * Python: ROPE_INIT_FUNCTIONS.
 */
export function decoderFrequencies(headDim: number, rope: RopeConfig): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let j = 0; j < frequencies.length; j++) {
    const exponent = Math.fround((2 * j) / headDim);
    frequencies[j] = slowDown(Math.fround(1 / Math.fround(rope.theta ** exponent)), rope);
  }
  return frequencies;
}

/** Returns the f32 frequencies of the vision transformer, the same for rows and columns. */
export function visionFrequencies(headDim: number): Float32Array {
  const half = headDim / 2;
  return Float32Array.from({ length: half / 2 }, (_, j) =>
    Math.fround(1 / Math.fround(10_000 ** Math.fround((2 * j) / half))),
  );
}

/** Returns [positions, frequencies] pairs of cosine and sine. */
export function angleTable(positions: number, frequencies: Float32Array): Float32Array {
  const table = new Float32Array(positions * frequencies.length * 2);
  let next = 0;
  for (let position = 0; position < positions; position++) {
    for (const frequency of frequencies) {
      const angle = Math.fround(position * frequency);
      table[next++] = Math.cos(angle);
      table[next++] = Math.sin(angle);
    }
  }
  return table;
}

/** Returns (axis, frequency) of each pair of a decoder's head. */
export function decoderChannels({ pairAxes }: RopeConfig): Uint32Array {
  return Uint32Array.from(pairAxes.flatMap((axis, j) => [axis, j]));
}

/**
 * Returns (axis, frequency) of each pair of a vision head: the first half turns by the row, the
 * second by the column.
 */
export function visionChannels(headDim: number): Uint32Array {
  const quarter = headDim / 4;
  return Uint32Array.from({ length: headDim }, (_, i) => {
    const j = Math.floor(i / 2);
    return i % 2 === 0 ? Math.floor(j / quarter) : j % quarter;
  });
}

function slowDown(frequency: number, { scaling }: RopeConfig): number {
  if (!scaling) {
    return frequency;
  }
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalMaxPositionEmbeddings / highFreqFactor) {
    return frequency;
  }
  if (wavelength > originalMaxPositionEmbeddings / lowFreqFactor) {
    return Math.fround(frequency / factor);
  }
  const smooth =
    (originalMaxPositionEmbeddings / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
}
