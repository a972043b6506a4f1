// attention — attention through workgroup memory, on plain WebGPU: the variant of real GPUs.
//   out = softmax(q · kᵀ · SCALE) · v, one pass: running maximum and sum, no N × N matrix
// qkv    [tokens, stride] f32: QUERY_HEADS queries, then key_heads keys, then key_heads values,
//        HEAD_DIM each
// tiles  [tiles, 8] u32: first query, queries (≤ QUERIES), prefix begin, end, own begin, end,
//        causal, 0. A query sees the tokens of its prefix and of its own range; if causal, that up
//        to itself.
// out    [tokens, QUERY_HEADS * HEAD_DIM] f32
// Grid   x: tiles, y: query heads. Four invocations to each of QUERIES; KEYS are staged together.
// Numbers: sums and exponentials in f32.   Python: eager_attention_forward
override HEAD_DIM: u32;
override QUERY_HEADS: u32;
override SCALE: f32;
override QUERIES: u32;
// A multiple of 16: four lanes score four keys each, once or several times.
override KEYS: u32;
// vec4s of the output that a lane owns, and of a staged row: constant, so that compilers unroll.
override OWN: u32 = (HEAD_DIM / 4u + LANES - 1u) / LANES;
override ROW: u32 = OWN * LANES;

const LANES = 4u;
// HEAD_DIM of 128 at most.
const MAX_OWN = 8u;
const LOWEST = -3.0e38;

struct Params {
  stride4: u32,
  out_stride4: u32,
  key_heads: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> tiles: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

// KEYS keys, then their values in the same place; the padding of a row stays zero.
var<workgroup> staged: array<vec4<f32>, KEYS * ROW>;
var<workgroup> scores: array<f32, QUERIES * KEYS>;

struct Softmax {
  maximum: f32,
  sum: f32,
}

fn stage(local: u32, first: u32, end: u32, column4: u32) {
  let dim4 = HEAD_DIM / 4u;
  for (var i = local; i < KEYS * dim4; i += QUERIES * LANES) {
    let key = min(first + i / dim4, end - 1u);
    staged[i / dim4 * ROW + i % dim4] = qkv[key * params.stride4 + column4 + i % dim4];
  }
}

// Adds the keys [begin, end) below `limit` to a query's running softmax and weighted sum of values.
fn attend(
  begin: u32, end: u32, limit: u32, query4: u32, key4: u32, value4: u32, local: u32,
  state: ptr<function, Softmax>, own: ptr<function, array<vec4<f32>, MAX_OWN>>,
) {
  let dim4 = HEAD_DIM / 4u;
  let row = local / LANES * KEYS;
  let lane = local % LANES;
  for (var first = begin; first < end; first += KEYS) {
    workgroupBarrier();
    stage(local, first, end, key4);
    workgroupBarrier();
    for (var own_key = lane * 4u; own_key < KEYS; own_key += LANES * 4u) {
      var dots = vec4(0.0);
      let keys = own_key * ROW;
      for (var d = 0u; d < dim4; d++) {
        let q = qkv[query4 + d];
        dots += q * mat4x4(staged[keys + d], staged[keys + ROW + d],
                           staged[keys + 2u * ROW + d], staged[keys + 3u * ROW + d]);
      }
      let key = vec4(first + own_key) + vec4(0u, 1u, 2u, 3u);
      dots = select(vec4(LOWEST), dots * SCALE, key < vec4(min(end, limit)));
      for (var i = 0u; i < 4u; i++) {
        scores[row + own_key + i] = dots[i];
      }
    }
    workgroupBarrier();
    stage(local, first, end, value4);
    var maximum = (*state).maximum;
    for (var i = 0u; i < KEYS; i++) {
      maximum = max(maximum, scores[row + i]);
    }
    let fade = exp((*state).maximum - maximum);
    (*state).maximum = maximum;
    (*state).sum *= fade;
    for (var d = 0u; d < OWN; d++) {
      (*own)[d] *= fade;
    }
    workgroupBarrier();
    for (var i = 0u; i < KEYS; i++) {
      let weight = select(0.0, exp(scores[row + i] - maximum), scores[row + i] > LOWEST);
      (*state).sum += weight;
      for (var d = 0u; d < OWN; d++) {
        (*own)[d] += weight * staged[i * ROW + d * LANES + lane];
      }
    }
  }
}

@compute @workgroup_size(QUERIES * LANES)
fn attention(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let dim4 = HEAD_DIM / 4u;
  let tile = workgroup.x * 8u;
  let head = workgroup.y;
  let key_head = head / (QUERY_HEADS / params.key_heads);
  let wanted = local / LANES;
  // A tile's missing queries repeat its last one and store nothing: barriers follow.
  let query = tiles[tile] + min(wanted, tiles[tile + 1u] - 1u);
  let query4 = query * params.stride4 + head * dim4;
  let key4 = (QUERY_HEADS + key_head) * dim4;
  let value4 = key4 + params.key_heads * dim4;
  var state = Softmax(LOWEST, 0.0);
  var own: array<vec4<f32>, MAX_OWN>;
  let limit = select(0xffffffffu, query + 1u, tiles[tile + 6u] == 1u);
  attend(tiles[tile + 2u], tiles[tile + 3u], 0xffffffffu,
         query4, key4, value4, local, &state, &own);
  attend(tiles[tile + 4u], tiles[tile + 5u], limit,
         query4, key4, value4, local, &state, &own);
  if (wanted < tiles[tile + 1u]) {
    for (var d = local % LANES; d < dim4; d += LANES) {
      out[query * params.out_stride4 + head * dim4 + d] = own[d / LANES] / state.sum;
    }
  }
}
