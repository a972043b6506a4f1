// matmul-half — matmul-shared.wgsl with the weights staged in 16 bits, which lose nothing.
//   out[r, c] = Σₖ x[r, k] · weight[c, k] (+ bias[c]) (+ residual[r, c])
// x      [rows, depth] f32          weight [columns, depth] bf16, f16, q8 or q4
// bias   [columns] f32              residual, out [rows, columns] f32
// f16    has 11 bits, too coarse for x, and ends at 65,504, which Qwen's activations pass: x stays
//        f32. bf16 and f16 weights are staged unchanged, q8 and q4 as their integers, which are
//        multiplied by their steps after reading (see lib/weight-* and lib/half-*).
// Tile   64 rows × 64 columns a workgroup of 64 invocations, eight by eight each. Sixteen of the
//        depth are staged together, transposed, so that a vec4 holds four rows (or columns) of one
//        k: four reads feed 64 products.
// Grid   x: 64 rows; y: 64 columns. Consecutive workgroups share their weights, the larger matrix.
// Numbers: products and sums in f32, in order of k.   Python: torch.nn.Linear.forward
enable f16;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

// vec4s from one k to the next: sixteen and one more, so that stores hit different banks.
const STRIDE: u32 = 17u;
const STAGED: u32 = 16u;

var<workgroup> x_tile: array<vec4<f32>, 272>;
var<workgroup> weight_tile: array<Half4, 272>;
// Of the blocks of the staged weights, for four columns each.
var<workgroup> steps: array<vec4<f32>, 16>;
var<workgroup> lowest: array<vec4<f32>, 16>;

// Returns four rows of x at four k's, one row a column of the matrix. Past the depth there are
// zeros.
fn load_x(row: u32, k: u32) -> mat4x4<f32> {
  if (k >= params.depth4) {
    return mat4x4<f32>();
  }
  let last = params.rows - 1u;
  return mat4x4(
    x[min(row, last) * params.x_stride4 + k], x[min(row + 1u, last) * params.x_stride4 + k],
    x[min(row + 2u, last) * params.x_stride4 + k], x[min(row + 3u, last) * params.x_stride4 + k]);
}

// A row of weights past the end is read from the last one; its sum is not stored.
fn start_of_row(column: u32) -> u32 {
  return min(column, params.columns - 1u) * params.weight_stride4;
}

// In their staged form: for q8 and q4 the integers.
fn load_weight(column: u32, k: u32) -> mat4x4<f32> {
  if (k >= params.depth4) {
    return mat4x4<f32>();
  }
  return mat4x4(
    block4(start_of_row(column) + k, UNSCALED), block4(start_of_row(column + 1u) + k, UNSCALED),
    block4(start_of_row(column + 2u) + k, UNSCALED), block4(start_of_row(column + 3u) + k, UNSCALED));
}

// Returns steps and lowest values of four columns. A block is 32 of the depth: a tile is in one.
// Steps include the factor of block4's division.
fn load_blocks(column: u32, k: u32) -> mat2x4<f32> {
  let blocks = transpose(mat4x2(
    weight_block(start_of_row(column) + k), weight_block(start_of_row(column + 1u) + k),
    weight_block(start_of_row(column + 2u) + k), weight_block(start_of_row(column + 3u) + k)));
  return mat2x4(blocks[0] * (1.0 / UNSCALED.x), blocks[1]);
}

@compute @workgroup_size(64)
fn matmul_half(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first_row = workgroup.x * 64u;
  let first_column = workgroup.y * 64u;
  // Where this invocation stages: four rows and four columns at four k's.
  let staged_k4 = local & 3u;
  let staged4 = local / 4u;
  // An invocation's two vec4s of columns are eight apart, so that neighbours read neighbouring
  // ones.
  let x_at = staged_k4 * 4u * STRIDE + staged4;
  let turned4 = staged4 / 2u + (staged4 & 1u) * 8u;
  let weight_at = staged_k4 * 4u * STRIDE + turned4;
  // Where it computes.
  let own_row = local / 8u;
  let own_column = local & 7u;
  var a0 = vec4(0.0); var b0 = vec4(0.0); var a1 = vec4(0.0); var b1 = vec4(0.0);
  var a2 = vec4(0.0); var b2 = vec4(0.0); var a3 = vec4(0.0); var b3 = vec4(0.0);
  var a4 = vec4(0.0); var b4 = vec4(0.0); var a5 = vec4(0.0); var b5 = vec4(0.0);
  var a6 = vec4(0.0); var b6 = vec4(0.0); var a7 = vec4(0.0); var b7 = vec4(0.0);
  // Loaded while the previous tile is multiplied.
  var next_x = load_x(first_row + staged4 * 4u, staged_k4);
  var next_weight = load_weight(first_column + staged4 * 4u, staged_k4);
  for (var k = 0u; k < params.depth4; k += STAGED / 4u) {
    let turned_x = transpose(next_x);
    let turned_weight = transpose(next_weight);
    for (var i = 0u; i < 4u; i++) {
      x_tile[x_at + i * STRIDE] = turned_x[i];
      weight_tile[weight_at + i * STRIDE] = narrow(turned_weight[i]);
    }
    if (staged_k4 == 0u) {
      let blocks = load_blocks(first_column + staged4 * 4u, k);
      steps[turned4] = blocks[0];
      lowest[turned4] = blocks[1];
    }
    workgroupBarrier();
    next_x = load_x(first_row + staged4 * 4u, k + STAGED / 4u + staged_k4);
    next_weight = load_weight(first_column + staged4 * 4u, k + STAGED / 4u + staged_k4);
    let low_steps = steps[own_column];
    let high_steps = steps[own_column + 8u];
    let low_lowest = lowest[own_column];
    let high_lowest = lowest[own_column + 8u];
    for (var i = 0u; i < STAGED * STRIDE; i += STRIDE) {
      let low = widen(weight_tile[i + own_column], low_steps, low_lowest);
      let high = widen(weight_tile[i + own_column + 8u], high_steps, high_lowest);
      let upper = x_tile[i + own_row * 2u];
      let lower = x_tile[i + own_row * 2u + 1u];
      a0 += upper.x * low; b0 += upper.x * high;
      a1 += upper.y * low; b1 += upper.y * high;
      a2 += upper.z * low; b2 += upper.z * high;
      a3 += upper.w * low; b3 += upper.w * high;
      a4 += lower.x * low; b4 += lower.x * high;
      a5 += lower.y * low; b5 += lower.y * high;
      a6 += lower.z * low; b6 += lower.z * high;
      a7 += lower.w * low; b7 += lower.w * high;
    }
    workgroupBarrier();
  }
  // A loop, not calls: see matmul.wgsl.
  var low_sums = array(a0, a1, a2, a3, a4, a5, a6, a7);
  var high_sums = array(b0, b1, b2, b3, b4, b5, b6, b7);
  let row = min(first_row + own_row * 8u, params.rows);
  let rows = min(8u, params.rows - row);
  for (var r = 0u; r < rows; r++) {
    store8(row + r, first_column / 4u + own_column * 2u, low_sums[r], high_sums[r]);
  }
}
