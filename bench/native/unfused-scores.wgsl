// unfused_scores — first of three steps of unfused attention:
// out[h, q, k] = query[q, h] · key[k, h] * SCALE.
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then KEY_HEADS keys, then values, HEAD_DIM each
// out    [QUERY_HEADS * tokens, tokens padded to vec4s] f32
// Grid   x: keys, four per invocation, 64 invocations side by side; y: queries, four per
//        invocation; z: heads.
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override KEY_HEADS: u32;

struct Params {
  tokens: u32,
  stride4: u32,
  out_stride4: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn unfused_scores(@builtin(global_invocation_id) global: vec3<u32>) {
  let keys = global.x * 4u;
  let queries = global.y * 4u;
  let head = global.z;
  if (keys >= params.tokens || queries >= params.tokens) {
    return;
  }
  let dim4 = HEAD_DIM / 4u;
  let last = params.tokens - 1u;
  let shared_head = QUERY_HEADS + head * KEY_HEADS / QUERY_HEADS;
  var sums: array<vec4<f32>, 4>;
  for (var d = 0u; d < dim4; d++) {
    var key: array<vec4<f32>, 4>;
    for (var i = 0u; i < 4u; i++) {
      key[i] = qkv[min(keys + i, last) * params.stride4 + shared_head * dim4 + d];
    }
    for (var i = 0u; i < 4u; i++) {
      let query = qkv[min(queries + i, last) * params.stride4 + head * dim4 + d];
      sums[i] += query * mat4x4(key[0], key[1], key[2], key[3]);
    }
  }
  for (var i = 0u; i < min(4u, params.tokens - queries); i++) {
    let row = head * params.tokens + queries + i;
    out[row * params.out_stride4 + global.x] = sums[i] * inverseSqrt(f32(HEAD_DIM));
  }
}
