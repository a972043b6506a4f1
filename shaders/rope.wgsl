// rope — rotates queries and keys by position, in place; QK_NORM normalises each head first.
//   x[j]        ← x[j] · cos − x[j + half] · sin          j < half = HEAD_DIM / 2
//   x[j + half] ← x[j + half] · cos + x[j] · sin
//   (cos, sin) = angles[positions[token, axis(j)], frequency(j)]
// channels[j] = (axis, frequency) is (0, j) for text; the chunks [16, 24, 24] of M-RoPE over three
// axes; (row, j), (column, j − half / 2) for the vision transformer: one kernel for all.
// qkv       [tokens, stride] f32, heads of HEAD_DIM: queries, keys, values (values stay unchanged)
// angles    [positions, FREQUENCIES] (cos, sin)
// channels  [HEAD_DIM / 2] (axis, frequency)
// positions [tokens, AXES] u32
// norms     [2, HEAD_DIM] f32: of the queries, of the keys
// Grid   one invocation per token and head.
// Numbers: f32.   Python: apply_multimodal_rotary_pos_emb, apply_rotary_pos_emb_vision,
//          Qwen3Attention.q_norm
override HEAD_DIM: u32;
override AXES: u32;
override FREQUENCIES: u32;
override QK_NORM: bool;
override EPS: f32;

struct Params {
  tokens: u32,
  query_heads: u32,
  heads: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> angles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> channels: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> norms: array<f32>;
@group(0) @binding(4) var<storage, read_write> qkv: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn inverse_rms(begin: u32) -> f32 {
  var squares = 0.0;
  for (var i = 0u; i < HEAD_DIM; i++) {
    squares += qkv[begin + i] * qkv[begin + i];
  }
  return inverseSqrt(squares / f32(HEAD_DIM) + EPS);
}

@compute @workgroup_size(64)
fn rope(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.tokens * params.heads) {
    return;
  }
  let token = index / params.heads;
  let head = index % params.heads;
  let begin = token * params.stride + head * HEAD_DIM;
  let half = HEAD_DIM / 2u;
  let norm = select(0u, HEAD_DIM, head >= params.query_heads);
  var scale = 1.0;
  if (QK_NORM) {
    scale = inverse_rms(begin);
  }
  for (var j = 0u; j < half; j++) {
    let channel = channels[j];
    let angle = angles[positions[token * AXES + channel.x] * FREQUENCIES + channel.y];
    var low = qkv[begin + j] * scale;
    var high = qkv[begin + half + j] * scale;
    if (QK_NORM) {
      low *= norms[norm + j];
      high *= norms[norm + half + j];
    }
    qkv[begin + j] = low * angle.x - high * angle.y;
    qkv[begin + half + j] = high * angle.x + low * angle.y;
  }
}
