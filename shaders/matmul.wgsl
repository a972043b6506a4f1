// matmul — out = x · weightᵀ, then bias, residual or SwiGLU. Plain WebGPU, no workgroup memory.
//   out[r, c] = Σₖ x[r, k] · weight[c, k] (+ bias[c]) (+ residual[r, c])
// x      [rows, depth] f32          weight [columns, depth] f32, bf16, f16, q8 or q4
// bias   [columns] f32              residual, out [rows, columns] f32
// Tile   eight rows × eight columns an invocation: sixteen loads of four values feed 256 products.
// Grid   x: eight rows; y: WORKGROUP_SIZE invocations side by side along the columns. Consecutive
//        workgroups share their weights, which are the larger matrix.
// Numbers: products and sums in f32, in order of k.   Python: torch.nn.Linear.forward
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

override WORKGROUP_SIZE: u32;

fn load_x(row: u32, k: u32) -> vec4<f32> {
  return x[min(row, params.rows - 1u) * params.x_stride4 + k];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn matmul(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.x * 8u;
  let column = (workgroup.y * WORKGROUP_SIZE + local) * 8u;
  if (row >= params.rows || column >= params.columns) {
    return;
  }
  // A row of weights past the end is read from the last one; its sum is not stored.
  let last = params.columns - 1u;
  let w0 = min(column, last) * params.weight_stride4;
  let w1 = min(column + 1u, last) * params.weight_stride4;
  let w2 = min(column + 2u, last) * params.weight_stride4;
  let w3 = min(column + 3u, last) * params.weight_stride4;
  let w4 = min(column + 4u, last) * params.weight_stride4;
  let w5 = min(column + 5u, last) * params.weight_stride4;
  let w6 = min(column + 6u, last) * params.weight_stride4;
  let w7 = min(column + 7u, last) * params.weight_stride4;
  var a0 = vec4(0.0); var b0 = vec4(0.0); var a1 = vec4(0.0); var b1 = vec4(0.0);
  var a2 = vec4(0.0); var b2 = vec4(0.0); var a3 = vec4(0.0); var b3 = vec4(0.0);
  var a4 = vec4(0.0); var b4 = vec4(0.0); var a5 = vec4(0.0); var b5 = vec4(0.0);
  var a6 = vec4(0.0); var b6 = vec4(0.0); var a7 = vec4(0.0); var b7 = vec4(0.0);
  var k = 0u;
  while (k < params.depth4) {
    let s0 = weight_block(w0 + k);
    let s1 = weight_block(w1 + k);
    let s2 = weight_block(w2 + k);
    let s3 = weight_block(w3 + k);
    let s4 = weight_block(w4 + k);
    let s5 = weight_block(w5 + k);
    let s6 = weight_block(w6 + k);
    let s7 = weight_block(w7 + k);
    let end = min(k + BLOCK4, params.depth4);
    for (; k < end; k++) {
      // A vector times a matrix of four weight rows is four dot products.
      let low = mat4x4(
        block4(w0 + k, s0), block4(w1 + k, s1), block4(w2 + k, s2), block4(w3 + k, s3));
      let high = mat4x4(
        block4(w4 + k, s4), block4(w5 + k, s5), block4(w6 + k, s6), block4(w7 + k, s7));
      let x0 = load_x(row, k);
      a0 += x0 * low; b0 += x0 * high;
      let x1 = load_x(row + 1u, k);
      a1 += x1 * low; b1 += x1 * high;
      let x2 = load_x(row + 2u, k);
      a2 += x2 * low; b2 += x2 * high;
      let x3 = load_x(row + 3u, k);
      a3 += x3 * low; b3 += x3 * high;
      let x4 = load_x(row + 4u, k);
      a4 += x4 * low; b4 += x4 * high;
      let x5 = load_x(row + 5u, k);
      a5 += x5 * low; b5 += x5 * high;
      let x6 = load_x(row + 6u, k);
      a6 += x6 * low; b6 += x6 * high;
      let x7 = load_x(row + 7u, k);
      a7 += x7 * low; b7 += x7 * high;
    }
  }
  // A loop, not calls, and of a length unknown to compilers: lavapipe took forty seconds to compile
  // inlined or unrolled stores.
  var low_sums = array(a0, a1, a2, a3, a4, a5, a6, a7);
  var high_sums = array(b0, b1, b2, b3, b4, b5, b6, b7);
  let rows = min(8u, params.rows - row);
  for (var r = 0u; r < rows; r++) {
    store8(row + r, column / 4u, low_sums[r], high_sums[r]);
  }
}
