// matmul-matrix — out = x · weightᵀ by the GPU's matrix units: products of f16, sums in f32.
//   out[r, c] = Σₖ x[r, k] · weight[c, k] (+ bias[c]) (+ residual[r, c])
// x      [rows, depth] f32          weight [columns, depth] f32, bf16, f16, q8 or q4
// bias   [columns] f32              residual, out [rows, columns] f32
// f16    has 11 bits and ends at 65,504, which Qwen's activations pass. So each row of x and of the
//        weight is scaled by a power of two, which brings its largest value to between 2¹⁴ and 2¹⁵.
//        Then it is split: high is the nearest f16, low the f16 nearest to the rest.
//        x · w = high · high + low · high + high · low; low · low is below f32's rounding. Scales
//        are undone at the end. (Ootomo and Yokota, "Recovering single precision accuracy from
//        Tensor Cores", split like this.)
// Units  multiply M × K by K × N in a subgroup of WIDTH: what a GPU has, as the twin writes it at
//        the end of this file. M, N and K are 8 or 16. M are rows of the weight, N rows of x: on
//        Intel the left factor takes one load for each of its rows, and a weight may have one term.
// Tile   64 rows × 64 columns a workgroup, 32 sums an invocation: OWN_ROWS × OWN_COLUMNS each
//        subgroup. Sixteen of the depth are staged together, by two invocations per row.
// Grid   x: 64 rows; y: 64 columns. Consecutive workgroups share their weights, the larger matrix.
// Numbers: products exact, f32 sums by K, in the GPU's order.   Python: torch.nn.Linear.forward
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;
// Each subgroup multiplies at its own place. No compiler can prove that a subgroup agrees on it.
diagnostic(off, chromium.subgroup_matrix_uniformity);

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

// 1 where f16 holds all bits of a weight (bf16 and f16), else 2.
override WEIGHT_TERMS: u32;

alias Left = subgroup_matrix_left<f16, K, M>;
alias Right = subgroup_matrix_right<f16, N, K>;
alias Sums = subgroup_matrix_result<f32, N, M>;

// The tile's rows, and its columns.
const SIDE: u32 = 64u;
const INVOCATIONS: u32 = 128u;
// What a subgroup multiplies: 16 × 16 if it has 8 invocations, 32 × 16, 32 × 32, 32 × 64 if more.
const OWN_ROWS: u32 = min(2u * WIDTH, 32u);
const OWN_COLUMNS: u32 = 32u * WIDTH / OWN_ROWS;
// The same in matrices.
const DOWN: u32 = OWN_ROWS / N;
const ACROSS: u32 = OWN_COLUMNS / M;
// Matrices side by side that a subgroup stores together: eight values an invocation.
const TOGETHER: u32 = 8u * WIDTH / (M * N);
// Pairs of vec4s in a row of them.
const EIGHTS: u32 = TOGETHER * M / 8u;

// vec4s of the depth that are staged together, and from one row to the next: one more, so that
// rows lie in different banks.
const STAGED4: u32 = 4u;
const STRIDE4: u32 = 5u;

// [SIDE rows of x and SIDE of the weight, STRIDE4]
var<workgroup> high: array<vec4<f16>, 2u * SIDE * STRIDE4>;
var<workgroup> low: array<vec4<f16>, 2u * SIDE * STRIDE4>;
// Index of the weight's first row.
const WEIGHTS: u32 = SIDE * STRIDE4;
// The largest magnitude in each invocation's share of a row of x and a row of weights.
var<workgroup> largest: array<vec2<f32>, INVOCATIONS>;
// The value of one in each scaled row of x and of weights.
var<workgroup> units: array<vec2<f32>, SIDE>;
// What each subgroup stores together: N rows of EIGHTS pairs.
var<workgroup> finished: array<vec4<f32>, 2u * INVOCATIONS>;

// Past the depth there are zeros.
fn load_x(start: u32, k: u32) -> vec4<f32> {
  if (k >= params.depth4) {
    return vec4(0.0);
  }
  return x[start + k];
}

fn load_weight(start: u32, k: u32) -> vec4<f32> {
  if (k >= params.depth4) {
    return vec4(0.0);
  }
  return block4(start + k, weight_block(start + k));
}

// Returns the largest magnitudes in this invocation's share of a row of x and a row of the weight.
fn largest_of(x_start: u32, weight_start: u32, part: u32) -> vec2<f32> {
  var most = vec2(0.0);
  for (var k = part; k < params.depth4; k += STAGED4) {
    let of_x = max(magnitude(load_x(x_start, k)), magnitude(load_x(x_start, k + 1u)));
    let of_weight =
      max(magnitude(load_weight(weight_start, k)), magnitude(load_weight(weight_start, k + 1u)));
    most = max(most, vec2(of_x, of_weight));
  }
  return most;
}

fn stage(at: u32, values: vec4<f32>) {
  let nearest = rounded(values);
  high[at] = vec4<f16>(nearest);
  low[at] = vec4<f16>(values - nearest);
}

fn stage_weight(at: u32, values: vec4<f32>) {
  if (WEIGHT_TERMS == 2u) {
    stage(WEIGHTS + at, values);
  } else {
    high[WEIGHTS + at] = vec4<f16>(values);
  }
}

@compute @workgroup_size(INVOCATIONS)
fn matmul_matrix(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_id) subgroup: u32,
) {
  let first_row = workgroup.x * SIDE;
  let first_column = workgroup.y * SIDE;
  // Where this invocation stages: two vec4s of a row of x and of a row of weights. A row past the
  // end is read from the last one: its sum is not stored.
  let line = local / 2u;
  let part = (local & 1u) * 2u;
  let x_start = min(first_row + line, params.rows - 1u) * params.x_stride4;
  let weight_start = min(first_column + line, params.columns - 1u) * params.weight_stride4;
  let own = largest_of(x_start, weight_start, part);
  largest[local] = own;
  workgroupBarrier();
  let most = max(own, largest[local ^ 1u]);
  let x_scale = scale_of(most.x);
  let weight_scale = scale_of(most.y);
  units[line] = vec2(inverse_of(x_scale), inverse_of(weight_scale));

  // Where this subgroup multiplies.
  let own_row = subgroup / (SIDE / OWN_COLUMNS) * OWN_ROWS;
  let own_column = subgroup % (SIDE / OWN_COLUMNS) * OWN_COLUMNS;
  var sums: array<Sums, DOWN * ACROSS>;
  let at = line * STRIDE4 + part;
  for (var k = 0u; k < params.depth4; k += STAGED4) {
    stage(at, load_x(x_start, k + part) * x_scale);
    stage(at + 1u, load_x(x_start, k + part + 1u) * x_scale);
    stage_weight(at, load_weight(weight_start, k + part) * weight_scale);
    stage_weight(at + 1u, load_weight(weight_start, k + part + 1u) * weight_scale);
    workgroupBarrier();
    for (var step = 0u; step < STAGED4; step += K / 4u) {
      var x_high: array<Right, DOWN>;
      var x_low: array<Right, DOWN>;
      for (var r = 0u; r < DOWN; r++) {
        let first = (own_row + r * N) * STRIDE4 + step;
        x_high[r] = subgroupMatrixLoad<Right, col_major>(&high, first, STRIDE4);
        x_low[r] = subgroupMatrixLoad<Right, col_major>(&low, first, STRIDE4);
      }
      for (var c = 0u; c < ACROSS; c++) {
        let first = WEIGHTS + (own_column + c * M) * STRIDE4 + step;
        if (WEIGHT_TERMS == 2u) {
          let w_low = subgroupMatrixLoad<Left, row_major>(&low, first, STRIDE4);
          for (var r = 0u; r < DOWN; r++) {
            let i = r * ACROSS + c;
            sums[i] = subgroupMatrixMultiplyAccumulate(w_low, x_high[r], sums[i]);
          }
        }
        let w_high = subgroupMatrixLoad<Left, row_major>(&high, first, STRIDE4);
        for (var r = 0u; r < DOWN; r++) {
          let i = r * ACROSS + c;
          sums[i] = subgroupMatrixMultiplyAccumulate(w_high, x_low[r], sums[i]);
          sums[i] = subgroupMatrixMultiplyAccumulate(w_high, x_high[r], sums[i]);
        }
      }
    }
    workgroupBarrier();
  }

  // Where this invocation stores: eight columns of a row of what a subgroup has finished.
  let storing = local / WIDTH;
  let stored_row =
    storing / (SIDE / OWN_COLUMNS) * OWN_ROWS + local % WIDTH / EIGHTS;
  let stored_column =
    storing % (SIDE / OWN_COLUMNS) * OWN_COLUMNS + local % EIGHTS * 8u;
  for (var i = 0u; i < DOWN * ACROSS; i += TOGETHER) {
    for (var j = 0u; j < TOGETHER; j++) {
      let begin = subgroup * WIDTH * 2u + j * M / 4u;
      subgroupMatrixStore<col_major>(&finished, begin, sums[i + j], EIGHTS * 2u);
    }
    workgroupBarrier();
    let row = stored_row + i / ACROSS * N;
    let column = stored_column + i % ACROSS * M;
    var left = finished[local * 2u];
    var right = finished[local * 2u + 1u];
    for (var v = 0u; v < 4u; v++) {
      left[v] = left[v] * units[column + v].y * units[row].x;
      right[v] = right[v] * units[column + 4u + v].y * units[row].x;
    }
    store8(first_row + row, (first_column + column) / 4u, left, right);
    workgroupBarrier();
  }
}
