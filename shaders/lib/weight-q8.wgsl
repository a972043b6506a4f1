// block4 for q8 weights: int8 in blocks of 32 along the depth, value = integer * scale.
//   weight   first the integers, [columns, depth padded to whole blocks], four to a u32, the first in the lowest byte;
//            then the scales, [columns, blocks] f32
// A scale is stored times 127, for unpack4x8snorm divides by that: it is faster than widening integers.
@group(0) @binding(1) var<storage, read> weight: array<u32>;

// What unpack4x8snorm divides integers by.
const DIVISOR: f32 = 127.0;

// vec4s that share a scale. Rows are whole blocks, so that vec4s and blocks count through the rows alike.
const BLOCK4: u32 = 8u;

// What block4 needs to know of the block that vec4 `index` of the weight lies in.
fn weight_block(index: u32) -> vec2<f32> {
  return vec2(bitcast<f32>(weight[params.columns * params.weight_stride4 + index / BLOCK4]), 0.0);
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  return unpack4x8snorm(weight[index]) * block.x;
}
