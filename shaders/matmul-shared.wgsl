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
// Rows are staged one by one: four values wait for their stores, not sixteen, but number by number.
// For compilers that have no registers for sixteen beside the sums.
override BY_ROW: bool;

// vec4s from one k to the next: one more than needed, so that stores hit different banks.
override X_STRIDE: u32 = ROWS * OWN_ROWS4 + 1u;
override WEIGHT_STRIDE: u32 = COLUMNS * 2u + 1u;

var<workgroup> x_tile: array<vec4<f32>, STAGED * X_STRIDE>;
var<workgroup> weight_tile: array<vec4<f32>, STAGED * WEIGHT_STRIDE>;

// True if all invocations stage: the conditions then cost nothing.
override ALL_STAGE_X: bool = ROWS * COLUMNS <= ROWS * OWN_ROWS4 * STAGED / 4u;
override ALL_STAGE_WEIGHT: bool = ROWS * COLUMNS <= COLUMNS * 2u * STAGED / 4u;

// Returns four rows of x at four k's, one row a column of the matrix. Past the depth there are
// zeros.
fn load_x(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
  let at = starts + min(k, params.depth4 - 1u);
  let inside = f32(k < params.depth4);
  return mat4x4(x[at[0]], x[at[1]], x[at[2]], x[at[3]]) * inside;
}

// Past the depth there are the last weights, which meet zeros of x.
fn load_weight(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
  let at = starts + min(k, params.depth4 - 1u);
  return mat4x4(
    block4(at[0], weight_block(at[0])), block4(at[1], weight_block(at[1])),
    block4(at[2], weight_block(at[2])), block4(at[3], weight_block(at[3])));
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
  let stages_x = ALL_STAGE_X || staged4 < ROWS * OWN_ROWS4;
  let stages_weight = ALL_STAGE_WEIGHT || staged4 < COLUMNS * 2u;
  // A row past the end is read from the last one; its sum is not stored.
  let four = vec4(0u, 1u, 2u, 3u);
  let x_starts =
    min(first_row + staged4 * 4u + four, vec4(params.rows - 1u)) * params.x_stride4;
  let weight_starts =
    min(first_column + staged4 * 4u + four, vec4(params.columns - 1u)) * params.weight_stride4;
  // An invocation's two vec4s of columns are COLUMNS apart, so that neighbours read adjacent ones.
  // Browsers know the limits of `min`, `/` and `%`, and then leave out checks of the indices.
  let x_at = staged_k4 * 4u * X_STRIDE + min(staged4, ROWS * OWN_ROWS4 - 1u);
  let own_weight4 = min(staged4, COLUMNS * 2u - 1u);
  let weight_at =
    staged_k4 * 4u * WEIGHT_STRIDE + own_weight4 / 2u + own_weight4 % 2u * COLUMNS;
  // Where it computes.
  let own_row4 = local / COLUMNS * OWN_ROWS4;
  let own_column = local % COLUMNS;
  var a0 = vec4(0.0); var b0 = vec4(0.0); var a1 = vec4(0.0); var b1 = vec4(0.0);
  var a2 = vec4(0.0); var b2 = vec4(0.0); var a3 = vec4(0.0); var b3 = vec4(0.0);
  var a4 = vec4(0.0); var b4 = vec4(0.0); var a5 = vec4(0.0); var b5 = vec4(0.0);
  var a6 = vec4(0.0); var b6 = vec4(0.0); var a7 = vec4(0.0); var b7 = vec4(0.0);
  for (var k = 0u; k < params.depth4; k += STAGED / 4u) {
    let own_k = k + staged_k4;
    if (BY_ROW) {
      // Past the depth there are zeros of x. Conditions of each row keep compilers from gathering
      // stores; what is left out belongs to no sum that is stored.
      let inside = f32(own_k < params.depth4);
      let last = params.depth4 - 1u;
      for (var i = 0u; i < 4u; i++) {
        // Neighbours stage different rows, so that their stores hit different banks.
        let r = (i + staged_k4 / 2u) % 4u;
        if (stages_x && first_row + staged4 * 4u + r < params.rows) {
          let values = x[x_starts[0] + r * params.x_stride4 + min(own_k, last)] * inside;
          for (var n = 0u; n < 4u; n++) {
            x_tile[x_at + n * X_STRIDE][r] = values[n];
          }
        }
      }
      for (var i = 0u; i < 4u; i++) {
        let r = (i + staged_k4 / 2u) % 4u;
        if (stages_weight && first_column + staged4 * 4u + r < params.columns) {
          let at = weight_starts[0] + r * params.weight_stride4 + min(own_k, last);
          let values = block4(at, weight_block(at));
          for (var n = 0u; n < 4u; n++) {
            weight_tile[weight_at + n * WEIGHT_STRIDE][r] = values[n];
          }
        }
      }
    }
    if (!BY_ROW && stages_x) {
      let turned = transpose(load_x(x_starts, own_k));
      for (var i = 0u; i < 4u; i++) {
        x_tile[x_at + i * X_STRIDE] = turned[i];
      }
    }
    if (!BY_ROW && stages_weight) {
      let turned = transpose(load_weight(weight_starts, own_k));
      for (var i = 0u; i < 4u; i++) {
        weight_tile[weight_at + i * WEIGHT_STRIDE] = turned[i];
      }
    }
    workgroupBarrier();
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
  // A loop, not calls: see matmul.wgsl. Its sums move up, because an index would move them to
  // memory.
  let first = first_row + own_row4 * 4u;
  let end = min(first + OWN_ROWS4 * 4u, params.rows);
  for (var row = first; row < end; row++) {
    store8(row, first_column / 4u + own_column * 2u, a0, b0);
    a0 = a1; b0 = b1; a1 = a2; b1 = b2; a2 = a3; b2 = b3;
    if (OWN_ROWS4 == 2u) {
      a3 = a4; b3 = b4; a4 = a5; b4 = b5; a5 = a6; b5 = b6; a6 = a7; b6 = b7;
    }
  }
}
