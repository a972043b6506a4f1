// embed — the decoder's input: for each token a row of the embedding table or of the picture.
//   out[t] = source[t] < IMAGE ? weight[source[t]] : image[source[t] − IMAGE]
// source [tokens] u32; the highest bit marks a picture's row
// weight [distinct tokens, hidden] f32, bf16 or f16: the rows of this pack only (see lib/weight-*)
// image  [image tokens, hidden] f32        out [tokens, hidden] f32
// Grid   one invocation per four values.
// Numbers: exact.   Python: Qwen2_5_VLModel.forward, masked_scatter
const IMAGE = 0x80000000u;

struct Params {
  tokens: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn embed(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.tokens * params.stride4) {
    return;
  }
  let row = source[index / params.stride4];
  let column4 = index % params.stride4;
  if (row >= IMAGE) {
    out[index] = image[(row - IMAGE) * params.stride4 + column4];
  } else {
    out[index] = weight4(row * params.stride4 + column4);
  }
}
