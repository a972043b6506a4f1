// attention — attention through workgroup memory, on plain WebGPU: the variant of real GPUs.
//   out = softmax(q · kᵀ · SCALE) · v, one pass: running maximum and sum, no N × N matrix
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then key_heads keys, then key_heads values,
//        HEAD_DIM each
// tiles  [tiles, 8] u32: first query, queries (≤ 4 GROUPS), prefix begin, end, own begin, end,
//        causal, 0. A query sees the tokens of its prefix and of its own range; if causal, that up
//        to itself.
// out    [tokens, QUERY_HEADS * HEAD_DIM] f32
// Tile   GROUPS × LANES invocations. A group has four queries, a lane four keys: two reads of
//        workgroup memory feed the 16 products of each number of a head. Then a lane owns OWN vec4s
//        of the output of the four queries: 1 + OWN reads feed 16 OWN products.
// Grid   x: tiles, y: query heads.
// Numbers: sums and exponentials in f32.   Python: eager_attention_forward
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override SCALE: f32;
// VALUES is a multiple of it.
override GROUPS: u32;
// A multiple of 4. HEAD_DIM of 20 LANES at most.
override LANES: u32;
// 4, or 2 for compilers that have few registers: see BY_ROW.
override OWN_KEYS: u32;
// vec4s of a head that are staged together: GROUPS and LANES at most, so that an invocation stages
// at most one 4 × 4 block of queries, and one of keys.
override DEPTH4: u32;
// Keys whose values are weighed in the inner of two loops; VALUES is a multiple of it. Compilers
// unroll short loops, and some run out of registers if they unroll it.
override TOGETHER: u32;

// Bounds of loops are overrides, not variables, so that compilers unroll and know each index.
override DIM4: u32 = HEAD_DIM / 4u;
override DEPTHS: u32 = (DIM4 + DEPTH4 - 1u) / DEPTH4;
override OWN: u32 = (DIM4 + LANES - 1u) / LANES;
override KEYS: u32 = OWN_KEYS * LANES;
// Keys whose values are staged together.
override VALUES: u32 = 4u * OWN_KEYS;
override ROUNDS: u32 = VALUES / GROUPS;
// The conditions cost nothing if all invocations stage, and if a head fills its depths and lanes.
override ALL_STAGE_QUERIES: bool = LANES == DEPTH4;
override ALL_STAGE_KEYS: bool = GROUPS == DEPTH4;
override FILLS_DEPTHS: bool = DEPTHS * DEPTH4 == DIM4;
override FILLS_LANES: bool = OWN * LANES == DIM4;
// Each invocation stages rows one by one, number by number: four values wait for their stores, not
// sixteen. A lane's two keys are neighbours then.
override BY_ROW: bool = OWN_KEYS == 2u;
override KEY_STEP: u32 = select(LANES, 1u, BY_ROW);
override LANE_STEP: u32 = select(1u, 2u, BY_ROW);

const MAX_OWN = 5u;
const LOWEST = -3.0e38;
const LOG2_E = 1.4426950408889634;

struct Params {
  stride4: u32,
  out_stride4: u32,
  key_heads: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> tiles: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

// First transposed, so that a vec4 holds one number of four queries or of four keys:
// [4 DEPTH4, GROUPS + KEYS / 4]. Then values: [VALUES, OWN, LANES].
override WIDTH: u32 = GROUPS + KEYS / 4u;
var<workgroup> staged: array<vec4<f32>, max(4u * DEPTH4 * WIDTH, VALUES * OWN * LANES)>;
// Of a group's queries: first each lane's largest scores, then the weights of the keys.
// [GROUPS, KEYS]: neighbours store adjacent vec4s, and read the same. If BY_ROW then each
// invocation's maximum and sum, between two tiles of keys.
var<workgroup> of_queries: array<vec4<f32>, GROUPS * KEYS + (4u - OWN_KEYS) * GROUPS * LANES>;

// Returns the same four numbers of four rows, `step` apart, one row a column of the matrix. A row
// past the last is read from there.
fn load4(row: u32, step: u32, last: u32, column4: u32) -> mat4x4<f32> {
  let second = min(row + step, last);
  let third = min(second + step, last);
  let fourth = min(third + step, last);
  return mat4x4(
    qkv[row + column4], qkv[second + column4], qkv[third + column4], qkv[fourth + column4]);
}

@compute @workgroup_size(GROUPS * LANES)
fn attention(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = workgroup.x * 8u;
  let head = workgroup.y;
  let stride4 = params.stride4;
  let key4 = (QUERY_HEADS + head / (QUERY_HEADS / params.key_heads)) * DIM4;
  let value4 = key4 + params.key_heads * DIM4;
  // Where it computes.
  let group = local / LANES;
  let lane = local % LANES;
  // Where it stages: four queries and four keys at four numbers of a head, if any are left for it.
  // Neighbours store adjacent vec4s.
  let query_depth = local / GROUPS;
  let key_depth = group;
  let stages_queries = ALL_STAGE_QUERIES || query_depth < DEPTH4;
  let stages_keys = ALL_STAGE_KEYS || key_depth < DEPTH4;
  // A tile's missing queries repeat its last one and store nothing.
  let last_query = (tiles[tile] + tiles[tile + 1u] - 1u) * stride4;
  let first_query = min((tiles[tile] + local % GROUPS * 4u) * stride4, last_query);
  let query4 = head * DIM4;
  var maximum = vec4(LOWEST);
  // Of the lane's own keys only, until the end.
  var sum = vec4(0.0);
  var own: array<vec4<f32>, 4u * MAX_OWN>;
  // Tiles of keys: of the prefix, then of the query's own range.
  let prefix_tiles = (tiles[tile + 3u] - tiles[tile + 2u] + KEYS - 1u) / KEYS;
  let own_tiles = (tiles[tile + 5u] - tiles[tile + 4u] + KEYS - 1u) / KEYS;
  for (var t = 0u; t < prefix_tiles + own_tiles; t++) {
    let is_own = t >= prefix_tiles;
    let range = tile + select(2u, 4u, is_own);
    let first = tiles[range] + (t - select(0u, prefix_tiles, is_own)) * KEYS;
    let end = tiles[range + 1u];
    // Of the first of the four queries; the next sees one key more, but none past the end.
    let causal = is_own && tiles[tile + 6u] == 1u;
    let limit = select(end, tiles[tile] + group * 4u + 1u, causal);
    // The row of the last token.
    let last = (end - 1u) * stride4;
    // Scores of the lane's keys, KEY_STEP apart, by the four queries.
    var s0 = vec4(0.0); var s1 = vec4(0.0); var s2 = vec4(0.0); var s3 = vec4(0.0);
    for (var piece = 0u; piece < DEPTHS; piece++) {
      let depth = piece * DEPTH4;
      if (BY_ROW) {
        // A row of queries for each sixteen invocations, of keys for each KEYS.
        for (var i = 0u; i < (DEPTH4 * 4u + LANES - 1u) / LANES; i++) {
          let own_depth = i * (LANES / 4u) + local / (4u * GROUPS);
          if (own_depth < DEPTH4) {
            let query = local % (4u * GROUPS);
            let row = (tiles[tile] + min(query, tiles[tile + 1u] - 1u)) * stride4;
            let values = qkv[row + query4 + min(depth + own_depth, DIM4 - 1u)]
              * select(f32(depth + own_depth < DIM4), 1.0, FILLS_DEPTHS);
            let at = min(own_depth, DEPTH4 - 1u) * 4u * WIDTH + query / 4u;
            for (var n = 0u; n < 4u; n++) {
              staged[at + n * WIDTH][query % 4u] = values[n];
            }
          }
        }
        let key = local % KEYS;
        let row = min((first + key) * stride4, last) + key4;
        for (var i = 0u; i < DEPTH4 / 2u; i++) {
          let own_depth = i * 2u + local / KEYS;
          let values = qkv[row + min(depth + own_depth, DIM4 - 1u)];
          let at = own_depth * 4u * WIDTH + GROUPS + key / 4u;
          for (var n = 0u; n < 4u; n++) {
            staged[at + n * WIDTH][key % 4u] = values[n];
          }
        }
      }
      if (!BY_ROW && stages_queries) {
        // Past the head there are zeros, which meet the last numbers of a key.
        let d = depth + query_depth;
        let column4 = query4 + select(min(d, DIM4 - 1u), d, FILLS_DEPTHS);
        let inside = select(f32(d < DIM4), 1.0, FILLS_DEPTHS);
        let turned = transpose(load4(first_query, stride4, last_query, column4)) * inside;
        // The limit is known to compilers, which then leave checks of the index out.
        let query_at = min(query_depth, DEPTH4 - 1u) * 4u * WIDTH + local % GROUPS;
        for (var i = 0u; i < 4u; i++) {
          staged[query_at + i * WIDTH] = turned[i];
        }
      }
      if (!BY_ROW && stages_keys) {
        let d = depth + key_depth;
        let column4 = key4 + select(min(d, DIM4 - 1u), d, FILLS_DEPTHS);
        let first_key = min((first + lane) * stride4, last);
        let turned = transpose(load4(first_key, LANES * stride4, last, column4));
        let key_at = min(key_depth, DEPTH4 - 1u) * 4u * WIDTH + GROUPS + lane;
        for (var i = 0u; i < 4u; i++) {
          staged[key_at + i * WIDTH] = turned[i];
        }
      }
      workgroupBarrier();
      // Two loops, because some compilers unroll only short ones.
      for (var quarter = 0u; quarter < 4u; quarter++) {
        for (var i = 0u; i < DEPTH4; i++) {
          let at = (quarter * DEPTH4 + i) * WIDTH;
          let q = staged[at + group];
          if (OWN_KEYS == 4u) {
            let k = staged[at + GROUPS + lane];
            s0 += k.x * q;
            s1 += k.y * q;
            s2 += k.z * q;
            s3 += k.w * q;
          } else {
            s0 += staged[at + GROUPS + lane / 2u][lane % 2u * 2u] * q;
            s1 += staged[at + GROUPS + lane / 2u][lane % 2u * 2u + 1u] * q;
          }
        }
      }
      workgroupBarrier();
    }
    // In powers of two instead of e.
    let key = first + lane * LANE_STEP;
    let limits = min(vec4(limit) + vec4(0u, 1u, 2u, 3u), vec4(end));
    s0 = select(vec4(LOWEST), s0 * (SCALE * LOG2_E), vec4(key) < limits);
    s1 = select(vec4(LOWEST), s1 * (SCALE * LOG2_E), vec4(key + KEY_STEP) < limits);
    var largest = max(s0, s1);
    if (OWN_KEYS == 4u) {
      s2 = select(vec4(LOWEST), s2 * (SCALE * LOG2_E), vec4(key + 2u * LANES) < limits);
      s3 = select(vec4(LOWEST), s3 * (SCALE * LOG2_E), vec4(key + 3u * LANES) < limits);
      largest = max(largest, max(s2, s3));
    }
    of_queries[group * KEYS + lane] = largest;
    workgroupBarrier();
    if (BY_ROW) {
      maximum = select(of_queries[GROUPS * KEYS + local], vec4(LOWEST), t == 0u);
    }
    let before = maximum;
    for (var i = 0u; i < LANES; i++) {
      maximum = max(maximum, of_queries[group * KEYS + i]);
    }
    workgroupBarrier();
    // Hidden keys weigh exactly zero.
    s0 = select(vec4(0.0), exp2(s0 - maximum), s0 > vec4(LOWEST));
    s1 = select(vec4(0.0), exp2(s1 - maximum), s1 > vec4(LOWEST));
    let fade = exp2(before - maximum);
    if (BY_ROW) {
      of_queries[GROUPS * KEYS + local] = maximum;
      sum = select(of_queries[GROUPS * (KEYS + LANES) + local], vec4(0.0), t == 0u);
    }
    sum = sum * fade + (s0 + s1);
    if (OWN_KEYS == 4u) {
      s2 = select(vec4(0.0), exp2(s2 - maximum), s2 > vec4(LOWEST));
      s3 = select(vec4(0.0), exp2(s3 - maximum), s3 > vec4(LOWEST));
      sum += s2 + s3;
    }
    if (BY_ROW) {
      of_queries[GROUPS * (KEYS + LANES) + local] = sum;
    }
    for (var i = 0u; i < 4u; i++) {
      for (var d = 0u; d < OWN; d++) {
        own[i * MAX_OWN + d] *= fade[i];
      }
    }
    let weight_at = group * KEYS + lane * LANE_STEP;
    of_queries[weight_at] = s0;
    of_queries[weight_at + KEY_STEP] = s1;
    if (OWN_KEYS == 4u) {
      of_queries[weight_at + 2u * LANES] = s2;
      of_queries[weight_at + 3u * LANES] = s3;
    }
    var row = min((first + group) * stride4, last);
    // Parts past the end of the range are left out.
    for (var part = 0u; part < KEYS / VALUES; part++) {
      if (first + part * VALUES >= end) {
        break;
      }
      for (var round = 0u; round < ROUNDS; round++) {
        for (var d = 0u; d < OWN; d++) {
          let column = d * LANES + lane;
          staged[(round * GROUPS + group) * OWN * LANES + column] =
            qkv[row + value4 + column];
        }
        row = min(row + GROUPS * stride4, last);
      }
      workgroupBarrier();
      for (var some = 0u; some < VALUES / TOGETHER; some++) {
        for (var i = 0u; i < TOGETHER; i++) {
          let key = some * TOGETHER + i;
          let weights = of_queries[group * KEYS + part * VALUES + key];
          for (var d = 0u; d < OWN; d++) {
            let value = staged[(key * OWN + d) * LANES + lane];
            own[d] += weights.x * value;
            own[MAX_OWN + d] += weights.y * value;
            own[2u * MAX_OWN + d] += weights.z * value;
            own[3u * MAX_OWN + d] += weights.w * value;
          }
        }
      }
      workgroupBarrier();
    }
  }
  if (BY_ROW) {
    sum = of_queries[GROUPS * (KEYS + LANES) + local];
  }
  of_queries[group * KEYS + lane] = sum;
  workgroupBarrier();
  sum = vec4(0.0);
  for (var i = 0u; i < LANES; i++) {
    sum += of_queries[group * KEYS + i];
  }
  let shares = 1.0 / sum;
  var at = (tiles[tile] + group * 4u) * params.out_stride4 + head * DIM4 + lane;
  let queries = tiles[tile + 1u] - min(tiles[tile + 1u], group * 4u);
  for (var i = 0u; i < 4u; i++) {
    for (var d = 0u; d < OWN; d++) {
      if (i < queries && (FILLS_LANES || d * LANES + lane < DIM4)) {
        out[at + d * LANES] = own[i * MAX_OWN + d] * shares[i];
      }
    }
    at += params.out_stride4;
  }
}
