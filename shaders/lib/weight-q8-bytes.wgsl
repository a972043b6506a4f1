// block4 for q8 weights, as weight-q8.wgsl has them, by the cheapest unpacking of GPUs: bytes
// without
// a sign are widened by one instruction, and an FMA takes their offset of 128 away.
@group(0) @binding(1) var<storage, read> weight: array<u32>;

// vec4s that share a scale. Rows are whole blocks, so the index of a vec4 gives that of its block.
const BLOCK4: u32 = 8u;

// Returns step and -128 steps of the block with vec4 `index` of the weight, for block4. A step has
// a
// bf16's eight bits: rounding the quotient to them gives it back, however a GPU divides. So
// products
// and differences below are exact.
fn weight_block(index: u32) -> vec2<f32> {
  let scale = bitcast<f32>(weight[params.columns * params.weight_stride4 + index / BLOCK4]);
  let step = bitcast<f32>((bitcast<u32>(scale * (1.0 / 127.0)) + 0x8000u) & 0xffff0000u);
  return vec2(step, -128.0 * step);
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  let bytes = (vec4(weight[index] ^ 0x80808080u) >> vec4(0u, 8u, 16u, 24u)) & vec4(0xffu);
  return vec4<f32>(bytes) * block.x + block.y;
}
