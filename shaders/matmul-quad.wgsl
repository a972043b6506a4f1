// matmul-quad — matmul.wgsl with the rows of x loaded once by four invocations together.
//   out[r, c] = Σₖ x[r, k] · weight[c, k] (+ bias[c]) (+ residual[r, c])
// x      [rows, depth] f32          weight [columns, depth] f32, bf16, f16, q8 or q4
// bias   [columns] f32              residual, out [rows, columns] f32
// Tile   sixteen rows × eight columns an invocation. Each lane of a quad loads four of the rows,
//        and the quad exchanges them: twelve loads of four values feed 512 products. All
//        invocations of a workgroup share the rows, so any mapping of invocations to lanes is
//        right.
// Grid   x: sixteen rows; y: WORKGROUP_SIZE invocations side by side along the columns. Consecutive
//        workgroups share their weights, which are the larger matrix.
// Numbers: products and sums in f32, in order of k.   Python: torch.nn.Linear.forward
enable subgroups;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

override WORKGROUP_SIZE: u32;

fn start_of_row(row: u32) -> u32 {
  return min(row, params.rows - 1u) * params.x_stride4;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn matmul_quad(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let row = workgroup.x * 16u;
  if (row >= params.rows) {
    return;
  }
  // Columns past the end do not return early: the quad needs all its lanes.
  let column = (workgroup.y * WORKGROUP_SIZE + local) * 8u;
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
  let lane = invocation & 3u;
  let row0 = start_of_row(row + lane);
  let row4 = start_of_row(row + 4u + lane);
  let row8 = start_of_row(row + 8u + lane);
  let row12 = start_of_row(row + 12u + lane);
  var a0 = vec4(0.0); var b0 = vec4(0.0); var a1 = vec4(0.0); var b1 = vec4(0.0);
  var a2 = vec4(0.0); var b2 = vec4(0.0); var a3 = vec4(0.0); var b3 = vec4(0.0);
  var a4 = vec4(0.0); var b4 = vec4(0.0); var a5 = vec4(0.0); var b5 = vec4(0.0);
  var a6 = vec4(0.0); var b6 = vec4(0.0); var a7 = vec4(0.0); var b7 = vec4(0.0);
  var a8 = vec4(0.0); var b8 = vec4(0.0); var a9 = vec4(0.0); var b9 = vec4(0.0);
  var a10 = vec4(0.0); var b10 = vec4(0.0); var a11 = vec4(0.0); var b11 = vec4(0.0);
  var a12 = vec4(0.0); var b12 = vec4(0.0); var a13 = vec4(0.0); var b13 = vec4(0.0);
  var a14 = vec4(0.0); var b14 = vec4(0.0); var a15 = vec4(0.0); var b15 = vec4(0.0);
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
      let own0 = x[row0 + k];
      let own4 = x[row4 + k];
      let own8 = x[row8 + k];
      let own12 = x[row12 + k];
      let x0 = quadBroadcast(own0, 0u);
      a0 += x0 * low; b0 += x0 * high;
      let x1 = quadBroadcast(own0, 1u);
      a1 += x1 * low; b1 += x1 * high;
      let x2 = quadBroadcast(own0, 2u);
      a2 += x2 * low; b2 += x2 * high;
      let x3 = quadBroadcast(own0, 3u);
      a3 += x3 * low; b3 += x3 * high;
      let x4 = quadBroadcast(own4, 0u);
      a4 += x4 * low; b4 += x4 * high;
      let x5 = quadBroadcast(own4, 1u);
      a5 += x5 * low; b5 += x5 * high;
      let x6 = quadBroadcast(own4, 2u);
      a6 += x6 * low; b6 += x6 * high;
      let x7 = quadBroadcast(own4, 3u);
      a7 += x7 * low; b7 += x7 * high;
      let x8 = quadBroadcast(own8, 0u);
      a8 += x8 * low; b8 += x8 * high;
      let x9 = quadBroadcast(own8, 1u);
      a9 += x9 * low; b9 += x9 * high;
      let x10 = quadBroadcast(own8, 2u);
      a10 += x10 * low; b10 += x10 * high;
      let x11 = quadBroadcast(own8, 3u);
      a11 += x11 * low; b11 += x11 * high;
      let x12 = quadBroadcast(own12, 0u);
      a12 += x12 * low; b12 += x12 * high;
      let x13 = quadBroadcast(own12, 1u);
      a13 += x13 * low; b13 += x13 * high;
      let x14 = quadBroadcast(own12, 2u);
      a14 += x14 * low; b14 += x14 * high;
      let x15 = quadBroadcast(own12, 3u);
      a15 += x15 * low; b15 += x15 * high;
    }
  }
  // A loop, not calls: see matmul.wgsl.
  var low_sums = array(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15);
  var high_sums = array(b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15);
  let rows = min(16u, params.rows - row);
  for (var r = 0u; r < rows; r++) {
    store8(row + r, column / 4u, low_sums[r], high_sums[r]);
  }
}
