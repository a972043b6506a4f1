// q8 and q4 weights in workgroup memory: their integers, which f16 holds exactly, and beside them
// the steps of their blocks.
alias Half4 = vec4<f16>;

// The block for which block4 returns the integers themselves.
const UNSCALED: vec2<f32> = vec2(DIVISOR, 0.0);

// Division and multiplication may leave an error, and a GPU may truncate to f16 instead of
// rounding.
fn narrow(values: vec4<f32>) -> Half4 {
  return vec4<f16>(round(values));
}

fn widen(half: Half4, steps: vec4<f32>, lowest: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(half) * steps + lowest;
}
