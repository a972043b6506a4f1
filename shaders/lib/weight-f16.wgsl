// weight4 for f16 weights: four consecutive values of a row, two to a u32, the first in the low
// half. unpack2x16float is part of plain WGSL: the feature shader-f16 is not needed.
@group(0) @binding(1) var<storage, read> weight: array<vec2<u32>>;

fn weight4(index: u32) -> vec4<f32> {
  let pairs = weight[index];
  return vec4(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
}
