// q8 and q4 weights in workgroup memory: their integers, which f16 holds exactly, with the steps of their blocks beside them.
alias Half4 = vec4<f16>;

// The block in which block4 gives the integers themselves.
const UNSCALED: vec2<f32> = vec2(DIVISOR, 0.0);

// Division and multiplication may leave a trace, and a GPU may cut to f16 instead of rounding.
fn narrow(values: vec4<f32>) -> Half4 {
  return vec4<f16>(round(values));
}

fn widen(half: Half4, steps: vec4<f32>, lowest: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(half) * steps + lowest;
}
