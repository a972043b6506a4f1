// unfused_mix — last step of unfused attention: out[q, h] = Σₖ weights[h, q, k] * value[k, h].
// weights [QUERY_HEADS * tokens, tokens padded with zeros to vec4s] f32
// qkv     [tokens, stride] f32: QUERY_HEADS queries, then KEY_HEADS keys, then KEY_HEADS values,
//         HEAD_DIM each
// out     [tokens, QUERY_HEADS * HEAD_DIM] f32
// Grid    x: vec4s of a row of out, 64 invocations side by side; y: queries, four an invocation.
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override KEY_HEADS: u32;

struct Params {
  tokens: u32,
  stride4: u32,
  weights_stride4: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn unfused_mix(@builtin(global_invocation_id) global: vec3<u32>) {
  let dim4 = HEAD_DIM / 4u;
  let queries = global.y * 4u;
  if (global.x >= QUERY_HEADS * dim4 || queries >= params.tokens) {
    return;
  }
  let head = global.x / dim4;
  let last = params.tokens - 1u;
  let shared_head = QUERY_HEADS + KEY_HEADS + head * KEY_HEADS / QUERY_HEADS;
  var sums: array<vec4<f32>, 4>;
  for (var key = 0u; key < params.tokens; key += 4u) {
    var value: array<vec4<f32>, 4>;
    for (var i = 0u; i < 4u; i++) {
      let at = min(key + i, last) * params.stride4;
      value[i] = qkv[at + shared_head * dim4 + global.x % dim4];
    }
    let values = mat4x4(value[0], value[1], value[2], value[3]);
    for (var i = 0u; i < 4u; i++) {
      let row = head * params.tokens + min(queries + i, last);
      sums[i] += values * weights[row * params.weights_stride4 + key / 4u];
    }
  }
  for (var i = 0u; i < min(4u, params.tokens - queries); i++) {
    out[(queries + i) * QUERY_HEADS * dim4 + global.x] = sums[i];
  }
}
