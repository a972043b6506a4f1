// block4 for weights in their files' form: no blocks, no scales. See weight-q8.wgsl.
const BLOCK4: u32 = 0x80000000u;

fn weight_block(index: u32) -> vec2<f32> {
  return vec2(1.0, 0.0);
}

fn block4(index: u32, block: vec2<f32>) -> vec4<f32> {
  return weight4(index);
}
