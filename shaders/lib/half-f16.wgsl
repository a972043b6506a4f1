// f16 weights in workgroup memory, unchanged.
alias Half4 = vec4<f16>;

const UNSCALED: vec2<f32> = vec2(1.0, 0.0);

fn narrow(values: vec4<f32>) -> Half4 {
  return vec4<f16>(values);
}

fn widen(half: Half4, steps: vec4<f32>, lowest: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(half);
}
