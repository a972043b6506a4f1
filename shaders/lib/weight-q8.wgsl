// block4 for q8 weights: int8 in blocks of 32 along the depth, value = integer * scale.
//   weight   first the integers, [columns, depth padded to whole blocks], four to a u32, the first
//            in the lowest byte; then the scales, [columns, blocks] f32
// A scale is stored times 127, because unpack4x8snorm divides by that: faster than widening
// integers.
@group(0) @binding(1) var<storage, read> weight: array<u32>;

// vec4s that share a scale. Rows are whole blocks, so the index of a vec4 gives that of its block.
const BLOCK4: u32 = 8u;

// Returns what block4 needs of the block with vec4 `index` of the weight.
fn weight_block(index: u32) -> vec2<f32> {
  return vec2(bitcast<f32>(weight[params.columns * params.weight_stride4 + index / BLOCK4]), 0.0);
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  return unpack4x8snorm(weight[index]) * block.x;
}
