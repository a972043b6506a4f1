enable subgroups;
// attention_octet — attention_quad for subgroups of eight: eight lanes share what they load.
//   out = softmax(q · kᵀ · SCALE) · v, one pass: running maximum and sum, no N × N matrix
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then key_heads keys, then key_heads values,
//        HEAD_DIM each
// tiles  [tiles, 8] u32: first query, queries (≤ 32), prefix begin, end, own begin, end, causal, 0.
//        A query sees the tokens of its prefix and of its own range; if causal, that up to itself.
// out    [tokens, QUERY_HEADS * HEAD_DIM] f32
// Tile   a subgroup computes 32 queries of a head, 32 keys at a time. A lane owns four queries, the
//        columns of its matrices. It loads four keys and values, and reads those of all lanes.
// Grid   x: tiles, y: query heads, SIDE_BY_SIDE of them to a workgroup, a subgroup each.
// Numbers: sums and exponentials in f32.   Python: eager_attention_forward
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override SCALE: f32;
override SIDE_BY_SIDE: u32;

const LANES = 8u;
const KEYS = 32u;
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

// Reads another lane's values. On llvmpipe one lane for all is faster than a neighbour for each.
fn of_lane(m: mat4x4<f32>, lane: u32) -> mat4x4<f32> {
  return mat4x4(
    subgroupShuffle(m[0], lane), subgroupShuffle(m[1], lane),
    subgroupShuffle(m[2], lane), subgroupShuffle(m[3], lane));
}

@compute @workgroup_size(LANES * SIDE_BY_SIDE)
fn attention_octet(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let dim4 = HEAD_DIM / 4u;
  let tile = workgroup.x * 8u;
  let queries = tiles[tile + 1u];
  let lane = local % LANES;
  let wanted_head = workgroup.y * SIDE_BY_SIDE + local / LANES;
  let wanted = lane * 4u + vec4(0u, 1u, 2u, 3u);
  // Missing queries and heads repeat the last one and store nothing: their lane shares its keys.
  let head = min(wanted_head, QUERY_HEADS - 1u);
  let query = tiles[tile] + min(wanted, vec4(queries - 1u));
  let query4 = head * dim4;
  let key4 = (QUERY_HEADS + head / (QUERY_HEADS / params.key_heads)) * dim4;
  let value4 = key4 + params.key_heads * dim4;
  var maximum = vec4(LOWEST);
  var sum = vec4(0.0);
  // Matrices, so that one index serves four vectors: llvmpipe indexes lane by lane.
  var weighted: array<mat4x4<f32>, MAX_DIM4>;
  var own_q: array<mat4x4<f32>, MAX_DIM4>;
  for (var d = 0u; d < dim4; d++) {
    own_q[d] = load4(query, query4 + d);
  }
  // The prefix, then the query's own range.
  for (var range = tile + 2u; range <= tile + 4u; range += 2u) {
    let end = tiles[range + 1u];
    let causal = range == tile + 4u && tiles[tile + 6u] == 1u;
    let limits = select(vec4(end), query + 1u, causal);
    for (var first = tiles[range]; first < end; first += KEYS) {
      let keys = min(first + lane * 4u + vec4(0u, 1u, 2u, 3u), vec4(end - 1u));
      var s0 = mat4x4<f32>(); var s1 = mat4x4<f32>();
      var s2 = mat4x4<f32>(); var s3 = mat4x4<f32>();
      var s4 = mat4x4<f32>(); var s5 = mat4x4<f32>();
      var s6 = mat4x4<f32>(); var s7 = mat4x4<f32>();
      for (var d = 0u; d < dim4; d++) {
        let q = own_q[d];
        let k = load4(keys, key4 + d);
        // A transposed matrix of keys times one of queries: sixteen dot products.
        s0 += transpose(of_lane(k, 0u)) * q;
        s1 += transpose(of_lane(k, 1u)) * q;
        s2 += transpose(of_lane(k, 2u)) * q;
        s3 += transpose(of_lane(k, 3u)) * q;
        s4 += transpose(of_lane(k, 4u)) * q;
        s5 += transpose(of_lane(k, 5u)) * q;
        s6 += transpose(of_lane(k, 6u)) * q;
        s7 += transpose(of_lane(k, 7u)) * q;
      }
      s0 = visible(s0, first, limits);
      s1 = visible(s1, first + 4u, limits);
      s2 = visible(s2, first + 8u, limits);
      s3 = visible(s3, first + 12u, limits);
      s4 = visible(s4, first + 16u, limits);
      s5 = visible(s5, first + 20u, limits);
      s6 = visible(s6, first + 24u, limits);
      s7 = visible(s7, first + 28u, limits);
      let before = maximum;
      maximum = max(maximum, max(max(max(highest(s0), highest(s1)), max(highest(s2), highest(s3))),
                                 max(max(highest(s4), highest(s5)), max(highest(s6), highest(s7)))));
      let fade = exp(before - maximum);
      s0 = exponentials(s0, maximum); s1 = exponentials(s1, maximum);
      s2 = exponentials(s2, maximum); s3 = exponentials(s3, maximum);
      s4 = exponentials(s4, maximum); s5 = exponentials(s5, maximum);
      s6 = exponentials(s6, maximum); s7 = exponentials(s7, maximum);
      sum = sum * fade + sums(((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)));
      for (var d = 0u; d < dim4; d++) {
        let v = load4(keys, value4 + d);
        let more = of_lane(v, 0u) * s0 + of_lane(v, 1u) * s1 + of_lane(v, 2u) * s2
          + of_lane(v, 3u) * s3 + of_lane(v, 4u) * s4 + of_lane(v, 5u) * s5 + of_lane(v, 6u) * s6
          + of_lane(v, 7u) * s7;
        let old = weighted[d];
        weighted[d] = mat4x4(
          old[0] * fade[0] + more[0], old[1] * fade[1] + more[1],
          old[2] * fade[2] + more[2], old[3] * fade[3] + more[3]);
      }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    if (wanted[i] < queries && wanted_head < QUERY_HEADS) {
      let row = query[i] * params.out_stride4 + query4;
      for (var d = 0u; d < dim4; d++) {
        out[row + d] = weighted[d][i] / sum[i];
      }
    }
  }
}
