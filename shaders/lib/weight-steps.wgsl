// Steps of quantised blocks, and the nearest integers. A step has a bf16's eight bits of mantissa,
// so (integer ± ½) * step is exact in f32: stored values do not depend on how a GPU divides.

// Blocks of a smaller range are stored as one value: a GPU may flush smaller steps to zero.
const TINY: f32 = 0x1p-100;

fn truncated(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) & 0xffff0000u);
}

// Returns the next bf16 away from zero.
fn next_bf16(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) + 0x10000u);
}

// Returns the smallest bf16 with steps * step >= range; `share` is 1 / steps.
fn step_over(range: f32, steps: f32, share: f32) -> f32 {
  if (range < TINY) {
    return 0.0;
  }
  let step = truncated(range * share);
  return select(step, next_bf16(step), steps * step < range);
}

fn inverse_of(step: f32) -> f32 {
  if (step == 0.0) {
    return 0.0;
  }
  return 1.0 / step;
}

// Returns the integer nearest to value / step, halves up. The quotient may be slightly off; the
// comparisons are exact.
fn nearest(value: f32, step: f32, inverse: f32) -> f32 {
  let guess = floor(value * inverse + 0.5);
  if (step == 0.0) {
    return 0.0;
  }
  if ((guess + 0.5) * step <= value) {
    return guess + 1.0;
  }
  if ((guess - 0.5) * step > value) {
    return guess - 1.0;
  }
  return guess;
}
