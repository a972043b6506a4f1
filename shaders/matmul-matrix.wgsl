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
// Tile   64 rows × 64 columns a workgroup, 32 × 32 each of its first four subgroups, in matrices of
//        8 × 8. Sixteen of the depth are staged together, by two invocations per row.
// Grid   x: 64 rows; y: 64 columns. Consecutive workgroups share their weights, the larger matrix.
// Numbers: products exact, f32 sums by eight, in the GPU's order.   Python: torch.nn.Linear.forward
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;
// Each subgroup branches together, by its number. No compiler can prove that the number is uniform.
diagnostic(off, chromium.subgroup_matrix_uniformity);

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

// 1 where f16 holds all bits of a weight (bf16 and f16), else 2.
override WEIGHT_TERMS: u32;

alias Left = subgroup_matrix_left<f16, 8, 8>;
alias Right = subgroup_matrix_right<f16, 8, 8>;
alias Sums = subgroup_matrix_result<f32, 8, 8>;

// vec4s of the depth that are staged together: from one row to the next.
const STAGED4: u32 = 4u;

// [64 rows of x and 64 of the weight, STAGED4]
var<workgroup> high: array<vec4<f16>, 512>;
var<workgroup> low: array<vec4<f16>, 512>;
// Index of the weight's first row.
const WEIGHTS: u32 = 256u;
// The largest magnitude in each invocation's share of a row of x and a row of weights.
var<workgroup> largest: array<vec2<f32>, 128>;
// The value of one in each scaled row of x and of weights.
var<workgroup> units: array<vec2<f32>, 64>;
// Eight rows of each subgroup's sums, [4, 8, 32].
var<workgroup> finished: array<vec4<f32>, 256>;

// Past the depth there are zeros. Past the rows the last one is read: its sum is not stored.
fn load_x(row: u32, k: u32) -> vec4<f32> {
  if (k >= params.depth4) {
    return vec4(0.0);
  }
  return x[min(row, params.rows - 1u) * params.x_stride4 + k];
}

fn load_weight(column: u32, k: u32) -> vec4<f32> {
  if (k >= params.depth4) {
    return vec4(0.0);
  }
  let index = min(column, params.columns - 1u) * params.weight_stride4 + k;
  return block4(index, weight_block(index));
}

// Returns the largest magnitudes in this invocation's share of a row of x and a row of the weight.
fn largest_of(row: u32, column: u32, part: u32) -> vec2<f32> {
  var most = vec2(0.0);
  for (var k = part; k < params.depth4; k += STAGED4) {
    let of_x = max(magnitude(load_x(row, k)), magnitude(load_x(row, k + 1u)));
    let of_weight = max(magnitude(load_weight(column, k)), magnitude(load_weight(column, k + 1u)));
    most = max(most, vec2(of_x, of_weight));
  }
  return most;
}

fn stage(at: u32, values: vec4<f32>) {
  let nearest = rounded(values);
  high[at] = vec4<f16>(nearest);
  low[at] = vec4<f16>(values - nearest);
}

@compute @workgroup_size(128)
fn matmul_matrix(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_id) subgroup: u32,
) {
  let first_row = workgroup.x * 64u;
  let first_column = workgroup.y * 64u;
  // Where this invocation stages: two vec4s of a row of x and of a row of weights.
  let line = local / 2u;
  let part = (local & 1u) * 2u;
  let row = first_row + line;
  let column = first_column + line;
  let own = largest_of(row, column, part);
  largest[local] = own;
  workgroupBarrier();
  let most = max(own, largest[local ^ 1u]);
  let x_scale = scale_of(most.x);
  let weight_scale = scale_of(most.y);
  units[line] = vec2(inverse_of(x_scale), inverse_of(weight_scale));

  // Where this subgroup multiplies; subgroups past the fourth only stage.
  let own_row = subgroup / 2u * 32u;
  let own_column = (subgroup & 1u) * 32u;
  var sums: array<Sums, 16>;
  let at = line * STAGED4 + part;
  for (var k = 0u; k < params.depth4; k += STAGED4) {
    stage(at, load_x(row, k + part) * x_scale);
    stage(at + 1u, load_x(row, k + part + 1u) * x_scale);
    stage(WEIGHTS + at, load_weight(column, k + part) * weight_scale);
    stage(WEIGHTS + at + 1u, load_weight(column, k + part + 1u) * weight_scale);
    workgroupBarrier();
    // Eight of the depth are two vec4s.
    for (var step = 0u; subgroup < 4u && step < STAGED4; step += 2u) {
      var x_high: array<Left, 4>;
      var x_low: array<Left, 4>;
      for (var r = 0u; r < 4u; r++) {
        let first = (own_row + r * 8u) * STAGED4 + step;
        x_high[r] = subgroupMatrixLoad<Left, row_major>(&high, first, STAGED4);
        x_low[r] = subgroupMatrixLoad<Left, row_major>(&low, first, STAGED4);
      }
      for (var c = 0u; c < 4u; c++) {
        let first = WEIGHTS + (own_column + c * 8u) * STAGED4 + step;
        let w_high = subgroupMatrixLoad<Right, col_major>(&high, first, STAGED4);
        let w_low = subgroupMatrixLoad<Right, col_major>(&low, first, STAGED4);
        for (var r = 0u; r < 4u; r++) {
          let i = r * 4u + c;
          sums[i] = subgroupMatrixMultiplyAccumulate(x_low[r], w_high, sums[i]);
          if (WEIGHT_TERMS == 2u) {
            sums[i] = subgroupMatrixMultiplyAccumulate(x_high[r], w_low, sums[i]);
          }
          sums[i] = subgroupMatrixMultiplyAccumulate(x_high[r], w_high, sums[i]);
        }
      }
    }
    workgroupBarrier();
  }

  // Where this invocation stores: eight columns of a row of the subgroups' eight.
  let stored_row = first_row + local / 64u * 32u + (local / 4u) % 8u;
  let stored_column = (local / 32u) % 2u * 32u + local % 4u * 8u;
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; subgroup < 4u && c < 4u; c++) {
      subgroupMatrixStore<row_major>(&finished, subgroup * 64u + c * 2u, sums[r * 4u + c], 8u);
    }
    workgroupBarrier();
    let unit = units[(stored_row - first_row) + r * 8u].x;
    var left = finished[local * 2u];
    var right = finished[local * 2u + 1u];
    for (var i = 0u; i < 4u; i++) {
      left[i] = left[i] * units[stored_column + i].y * unit;
      right[i] = right[i] * units[stored_column + 4u + i].y * unit;
    }
    store8(stored_row + r * 8u, (first_column + stored_column) / 4u, left, right);
    workgroupBarrier();
  }
}
