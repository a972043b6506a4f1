// block4 for q4 weights: 0 to 15 in blocks of 32 along the depth, value = integer * step + lowest.
//   weight   first the integers, [columns, depth padded to whole blocks], eight to a u32: the first four in the low
//            halves of the bytes, the next four in the high halves; then, [columns, blocks], the step of each block
//            in the low and its lowest value in the high half of a u32, both bf16
@group(0) @binding(1) var<storage, read> weight: array<u32>;

// What unpack4x8unorm divides integers by: multiplying by that is faster than widening them.
const DIVISOR: f32 = 255.0;

// vec4s that share a step. Rows are whole blocks, so that vec4s and blocks count through the rows alike.
const BLOCK4: u32 = 8u;

// What block4 needs to know of the block that vec4 `index` of the weight lies in: step and lowest value.
fn weight_block(index: u32) -> vec2<f32> {
  let packed = weight[params.columns * params.weight_stride4 / 2u + index / BLOCK4];
  return vec2(bitcast<f32>(packed << 16u) * DIVISOR, bitcast<f32>(packed & 0xffff0000u));
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  let halves = (weight[index / 2u] >> ((index & 1u) * 4u)) & 0x0f0f0f0fu;
  return unpack4x8unorm(halves) * block.x + block.y;
}
