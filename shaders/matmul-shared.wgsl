// matmul-shared — out = x · weightᵀ through workgroup memory, for GPUs. Plain WebGPU.
//   out[r, c] = Σₖ x[r, k] · weight[c, k] (+ bias[c]) (+ residual[r, c])
// x      [rows, depth] f32          weight [columns, depth] f32, bf16, f16, q8 or q4
// bias   [columns] f32              residual, out [rows, columns] f32
// Tile   ROWS × COLUMNS invocations, 4 OWN_ROWS4 rows × 8 columns each. STAGED of the depth are
//        staged together, in f32 and transposed, so that a vec4 holds four rows (or columns) of one
//        k: four reads feed 64 products (three feed 32).
// Grid   x: rows; y: columns, a tile each. Consecutive workgroups share their weights, the larger
//        matrix.
// Numbers: products and sums in f32, in order of k.   Python: torch.nn.Linear.forward
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

override ROWS: u32;
override COLUMNS: u32;
// 1 or 2.
override OWN_ROWS4: u32;
// Small enough that each invocation stages at most one 4 × 4 block of x, and one of the weight.
override STAGED: u32;

// vec4s from one k to the next: one more than needed, so that stores hit different banks.
override X_STRIDE: u32 = ROWS * OWN_ROWS4 + 1u;
override WEIGHT_STRIDE: u32 = COLUMNS * 2u + 1u;

var<workgroup> x_tile: array<vec4<f32>, STAGED * X_STRIDE>;
var<workgroup> weight_tile: array<vec4<f32>, STAGED * WEIGHT_STRIDE>;

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

fn load_weight(column: u32, k: u32) -> mat4x4<f32> {
  if (k >= params.depth4) {
    return mat4x4<f32>();
  }
  // A row of weights past the end is read from the last one; its sum is not stored.
  let last = params.columns - 1u;
  let w0 = min(column, last) * params.weight_stride4 + k;
  let w1 = min(column + 1u, last) * params.weight_stride4 + k;
  let w2 = min(column + 2u, last) * params.weight_stride4 + k;
  let w3 = min(column + 3u, last) * params.weight_stride4 + k;
  return mat4x4(
    block4(w0, weight_block(w0)), block4(w1, weight_block(w1)),
    block4(w2, weight_block(w2)), block4(w3, weight_block(w3)));
}

@compute @workgroup_size(ROWS * COLUMNS)
fn matmul_shared(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first_row = workgroup.x * ROWS * OWN_ROWS4 * 4u;
  let first_column = workgroup.y * COLUMNS * 8u;
  // Where this invocation stages: four rows and four columns at four k's, if any are left for it.
  let staged_k4 = local % (STAGED / 4u);
  let staged4 = local / (STAGED / 4u);
  let stages_x = staged4 < ROWS * OWN_ROWS4;
  let stages_weight = staged4 < COLUMNS * 2u;
  // An invocation's two vec4s of columns are COLUMNS apart, so that neighbours read adjacent ones.
  let x_at = staged_k4 * 4u * X_STRIDE + staged4;
  let weight_at = staged_k4 * 4u * WEIGHT_STRIDE + staged4 / 2u + (staged4 & 1u) * COLUMNS;
  // Where it computes.
  let own_row4 = local / COLUMNS * OWN_ROWS4;
  let own_column = local % COLUMNS;
  var a0 = vec4(0.0); var b0 = vec4(0.0); var a1 = vec4(0.0); var b1 = vec4(0.0);
  var a2 = vec4(0.0); var b2 = vec4(0.0); var a3 = vec4(0.0); var b3 = vec4(0.0);
  var a4 = vec4(0.0); var b4 = vec4(0.0); var a5 = vec4(0.0); var b5 = vec4(0.0);
  var a6 = vec4(0.0); var b6 = vec4(0.0); var a7 = vec4(0.0); var b7 = vec4(0.0);
  // Loaded while the previous tile is multiplied.
  var next_x = mat4x4<f32>();
  var next_weight = mat4x4<f32>();
  if (stages_x) { next_x = load_x(first_row + staged4 * 4u, staged_k4); }
  if (stages_weight) { next_weight = load_weight(first_column + staged4 * 4u, staged_k4); }
  for (var k = 0u; k < params.depth4; k += STAGED / 4u) {
    let turned_x = transpose(next_x);
    let turned_weight = transpose(next_weight);
    for (var i = 0u; i < 4u; i++) {
      if (stages_x) { x_tile[x_at + i * X_STRIDE] = turned_x[i]; }
      if (stages_weight) { weight_tile[weight_at + i * WEIGHT_STRIDE] = turned_weight[i]; }
    }
    workgroupBarrier();
    let next_k = k + STAGED / 4u + staged_k4;
    if (stages_x) { next_x = load_x(first_row + staged4 * 4u, next_k); }
    if (stages_weight) { next_weight = load_weight(first_column + staged4 * 4u, next_k); }
    for (var i = 0u; i < STAGED; i++) {
      let low = weight_tile[i * WEIGHT_STRIDE + own_column];
      let high = weight_tile[i * WEIGHT_STRIDE + own_column + COLUMNS];
      let upper = x_tile[i * X_STRIDE + own_row4];
      a0 += upper.x * low; b0 += upper.x * high;
      a1 += upper.y * low; b1 += upper.y * high;
      a2 += upper.z * low; b2 += upper.z * high;
      a3 += upper.w * low; b3 += upper.w * high;
      if (OWN_ROWS4 == 2u) {
        let lower = x_tile[i * X_STRIDE + own_row4 + 1u];
        a4 += lower.x * low; b4 += lower.x * high;
        a5 += lower.y * low; b5 += lower.y * high;
        a6 += lower.z * low; b6 += lower.z * high;
        a7 += lower.w * low; b7 += lower.w * high;
      }
    }
    workgroupBarrier();
  }
  // A loop, not calls: see matmul.wgsl.
  var low_sums = array(a0, a1, a2, a3, a4, a5, a6, a7);
  var high_sums = array(b0, b1, b2, b3, b4, b5, b6, b7);
  let row = min(first_row + own_row4 * 4u, params.rows);
  let rows = min(OWN_ROWS4 * 4u, params.rows - row);
  for (var r = 0u; r < rows; r++) {
    store8(row + r, first_column / 4u + own_column * 2u, low_sums[r], high_sums[r]);
  }
}
