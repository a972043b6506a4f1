enable subgroups;
// attention_quad — attention for adapters with slow loads: four lanes share what they load.
//   out = softmax(q · kᵀ · SCALE) · v, one pass: running maximum and sum, no N × N matrix
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then key_heads keys, then key_heads values,
//        HEAD_DIM each
// tiles  [tiles, 8] u32: first query, queries (≤ 16), prefix begin, end, own begin, end, causal, 0.
//        A query sees the tokens of its prefix and of its own range; if causal, that up to itself.
// out    [tokens, QUERY_HEADS * HEAD_DIM] f32
// Tile   a quad computes 16 queries of a head, 16 keys at a time. A lane owns four queries, the
//        columns of its matrices. It loads four keys and values, and reads its neighbours'.
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

fn of_x(m: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(quadSwapX(m[0]), quadSwapX(m[1]), quadSwapX(m[2]), quadSwapX(m[3]));
}

fn of_y(m: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(quadSwapY(m[0]), quadSwapY(m[1]), quadSwapY(m[2]), quadSwapY(m[3]));
}

fn of_diagonal(m: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(
    quadSwapDiagonal(m[0]), quadSwapDiagonal(m[1]), quadSwapDiagonal(m[2]), quadSwapDiagonal(m[3]));
}

@compute @workgroup_size(LANES * SIDE_BY_SIDE)
fn attention_quad(
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
  var weighted: array<vec4<f32>, 4u * MAX_DIM4>;
  // The prefix, then the query's own range.
  for (var range = tile + 2u; range <= tile + 4u; range += 2u) {
    let end = tiles[range + 1u];
    let causal = range == tile + 4u && tiles[tile + 6u] == 1u;
    let limits = select(vec4(end), query + 1u, causal);
    for (var first = tiles[range]; first < end; first += KEYS) {
      let own = first + lane * 4u;
      let keys = min(own + vec4(0u, 1u, 2u, 3u), vec4(end - 1u));
      var s0 = mat4x4<f32>();
      var s1 = mat4x4<f32>();
      var s2 = mat4x4<f32>();
      var s3 = mat4x4<f32>();
      for (var d = 0u; d < dim4; d++) {
        let q = load4(query, query4 + d);
        let k = load4(keys, key4 + d);
        // A transposed matrix of keys times one of queries: sixteen dot products.
        s0 += transpose(k) * q;
        s1 += transpose(of_x(k)) * q;
        s2 += transpose(of_y(k)) * q;
        s3 += transpose(of_diagonal(k)) * q;
      }
      s0 = visible(s0, own, limits);
      s1 = visible(s1, first + (lane ^ 1u) * 4u, limits);
      s2 = visible(s2, first + (lane ^ 2u) * 4u, limits);
      s3 = visible(s3, first + (lane ^ 3u) * 4u, limits);
      let before = maximum;
      maximum = max(maximum, max(max(highest(s0), highest(s1)), max(highest(s2), highest(s3))));
      let fade = exp(before - maximum);
      s0 = exponentials(s0, maximum);
      s1 = exponentials(s1, maximum);
      s2 = exponentials(s2, maximum);
      s3 = exponentials(s3, maximum);
      sum = sum * fade + (sums(s0) + sums(s1)) + (sums(s2) + sums(s3));
      for (var d = 0u; d < dim4; d++) {
        let v = load4(keys, value4 + d);
        let more = v * s0 + of_x(v) * s1 + of_y(v) * s2 + of_diagonal(v) * s3;
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
