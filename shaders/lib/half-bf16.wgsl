// bf16 weights in workgroup memory, unchanged: the upper halves of f32, two to a u32.
alias Half4 = vec2<u32>;

const UNSCALED: vec2<f32> = vec2(1.0, 0.0);

fn narrow(values: vec4<f32>) -> Half4 {
  let bits = bitcast<vec4<u32>>(values);
  return (bits.xz >> vec2(16u)) | (bits.yw & vec2(0xffff0000u));
}

fn widen(half: Half4, steps: vec4<f32>, lowest: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(
    vec4(half.x << 16u, half.x & 0xffff0000u, half.y << 16u, half.y & 0xffff0000u));
}
