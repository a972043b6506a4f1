// weight4 for bf16 weights: four consecutive values of a row, two to a u32, the first in the low
// half. A bf16 is the upper half of an f32, so a shift or a mask widens it exactly.
@group(0) @binding(1) var<storage, read> weight: array<vec2<u32>>;

fn weight4(index: u32) -> vec4<f32> {
  let pairs = weight[index];
  return bitcast<vec4<f32>>(
    vec4(pairs.x << 16u, pairs.x & 0xffff0000u, pairs.y << 16u, pairs.y & 0xffff0000u));
}
