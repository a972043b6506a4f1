// block4 for q4 weights: 0 to 15 in blocks of 32 along the depth, value = integer * step + lowest.
//   weight   first the integers, [columns, depth padded to whole blocks], eight to a u32: the first
//            four in the low halves of the bytes, the next four in the high halves; then, [columns,
//            blocks], a u32 with the step of each block in the low half and its lowest value in the
//            high half, both bf16
@group(0) @binding(1) var<storage, read> weight: array<u32>;

// The divisor of unpack4x8unorm: multiplying by it is faster than widening the integers.
const DIVISOR: f32 = 255.0;

// vec4s that share a step. Rows are whole blocks, so the index of a vec4 gives that of its block.
const BLOCK4: u32 = 8u;

// Returns step and lowest value of the block with vec4 `index` of the weight, for block4.
fn weight_block(index: u32) -> vec2<f32> {
  let packed = weight[params.columns * params.weight_stride4 / 2u + index / BLOCK4];
  return vec2(bitcast<f32>(packed << 16u) * DIVISOR, bitcast<f32>(packed & 0xffff0000u));
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  let halves = (weight[index / 2u] >> ((index & 1u) * 4u)) & 0x0f0f0f0fu;
  return unpack4x8unorm(halves) * block.x + block.y;
}
