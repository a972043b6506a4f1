// attention_plain — attention in registers alone: no subgroups, no workgroup memory.
//   out = softmax(q · kᵀ · SCALE) · v, one pass: running maximum and sum, no N × N matrix
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then key_heads keys, then key_heads values,
//        HEAD_DIM each
// tiles  [tiles, 8] u32: first query, queries (≤ 16), prefix begin, end, own begin, end, causal, 0.
//        A query sees the tokens of its prefix and of its own range; if causal, that up to itself.
// out    [tokens, QUERY_HEADS * HEAD_DIM] f32
// Tile   an invocation computes four queries, the columns of its matrices, 16 keys at a time.
// Grid   x: tiles, y: query heads, SIDE_BY_SIDE of them to a workgroup, four invocations each.
// Numbers: sums and exponentials in f32.   Python: eager_attention_forward
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override SCALE: f32;
override SIDE_BY_SIDE: u32;

const LANES = 4u;
const KEYS = 16u;
// vec4s of a head: HEAD_DIM of 128 at most.
const MAX_DIM4 = 32u;

struct Params {
  stride4: u32,
  out_stride4: u32,
  key_heads: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> tiles: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

// The same four values of four rows, a column each.
fn load4(rows: vec4<u32>, column4: u32) -> mat4x4<f32> {
  let at = rows * params.stride4 + column4;
  return mat4x4(qkv[at[0]], qkv[at[1]], qkv[at[2]], qkv[at[3]]);
}

@compute @workgroup_size(LANES * SIDE_BY_SIDE)
fn attention_plain(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let dim4 = HEAD_DIM / 4u;
  let tile = workgroup.x * 8u;
  let queries = tiles[tile + 1u];
  let lane = local % LANES;
  let wanted_head = workgroup.y * SIDE_BY_SIDE + local / LANES;
  let wanted = lane * 4u + vec4(0u, 1u, 2u, 3u);
  // Missing queries and heads repeat the last one and store nothing.
  let head = min(wanted_head, QUERY_HEADS - 1u);
  let query = tiles[tile] + min(wanted, vec4(queries - 1u));
  let query4 = head * dim4;
  let key4 = (QUERY_HEADS + head / (QUERY_HEADS / params.key_heads)) * dim4;
  let value4 = key4 + params.key_heads * dim4;
  var maximum = vec4(LOWEST);
  var sum = vec4(0.0);
  var weighted: array<vec4<f32>, 4u * MAX_DIM4>;
  // The prefix, then the query's own range.
  for (var range = tile + 2u; range <= tile + 4u; range += 2u) {
    let end = tiles[range + 1u];
    let causal = range == tile + 4u && tiles[tile + 6u] == 1u;
    let limits = select(vec4(end), query + 1u, causal);
    for (var first = tiles[range]; first < end; first += KEYS) {
      let keys = first + vec4(0u, 1u, 2u, 3u);
      let last = vec4(end - 1u);
      let keys0 = min(keys, last);
      let keys1 = min(keys + 4u, last);
      let keys2 = min(keys + 8u, last);
      let keys3 = min(keys + 12u, last);
      var s0 = mat4x4<f32>();
      var s1 = mat4x4<f32>();
      var s2 = mat4x4<f32>();
      var s3 = mat4x4<f32>();
      for (var d = 0u; d < dim4; d++) {
        let q = load4(query, query4 + d);
        // A transposed matrix of keys times one of queries: sixteen dot products.
        s0 += transpose(load4(keys0, key4 + d)) * q;
        s1 += transpose(load4(keys1, key4 + d)) * q;
        s2 += transpose(load4(keys2, key4 + d)) * q;
        s3 += transpose(load4(keys3, key4 + d)) * q;
      }
      s0 = visible(s0, first, limits);
      s1 = visible(s1, first + 4u, limits);
      s2 = visible(s2, first + 8u, limits);
      s3 = visible(s3, first + 12u, limits);
      let before = maximum;
      maximum = max(maximum, max(max(highest(s0), highest(s1)), max(highest(s2), highest(s3))));
      let fade = exp(before - maximum);
      s0 = exponentials(s0, maximum);
      s1 = exponentials(s1, maximum);
      s2 = exponentials(s2, maximum);
      s3 = exponentials(s3, maximum);
      sum = sum * fade + (sums(s0) + sums(s1)) + (sums(s2) + sums(s3));
      for (var d = 0u; d < dim4; d++) {
        let more =
          load4(keys0, value4 + d) * s0 + load4(keys1, value4 + d) * s1 +
          load4(keys2, value4 + d) * s2 + load4(keys3, value4 + d) * s3;
        let at = d * 4u;
        weighted[at] = weighted[at] * fade[0] + more[0];
        weighted[at + 1u] = weighted[at + 1u] * fade[1] + more[1];
        weighted[at + 2u] = weighted[at + 2u] * fade[2] + more[2];
        weighted[at + 3u] = weighted[at + 3u] * fade[3] + more[3];
      }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    if (wanted[i] < queries && wanted_head < QUERY_HEADS) {
      let row = query[i] * params.out_stride4 + query4;
      for (var d = 0u; d < dim4; d++) {
        out[row + d] = weighted[d * 4u + i] / sum[i];
      }
    }
  }
}
