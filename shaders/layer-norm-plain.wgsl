// layer_norm_plain — layer_norm for adapters with slow barriers: invocations share nothing.
//   out[r, i] = (x[r, i] − mean(x[r])) / sqrt(variance(x[r]) + EPS) * weight[i] + bias[i]
// x      [rows, columns] f32        weight, bias [columns] f32        out [rows, columns] f32
// Tile   an invocation computes two rows, so that it loads weight and bias once for both.
// Grid   one invocation per two rows; rows above the limit continue in y.
// Numbers: sums in f32, any order; the variance is of the differences, so it has no cancellation.
// Python: torch.nn.LayerNorm
override EPS: f32;
override WORKGROUP_SIZE: u32;

struct Params {
  rows: u32,
  columns: u32,
  // vec4s in a row; the columns past the end are zeros in x, and in out.
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

// The values of a vec4 that are columns; zeros past the end.
fn inside(value: vec4<f32>, column4: u32) -> vec4<f32> {
  let columns = vec4(column4 * 4u) + vec4(0u, 1u, 2u, 3u);
  return select(vec4(0.0), value, columns < vec4(params.columns));
}

fn mean_of(sums: vec4<f32>) -> f32 {
  return dot(sums, vec4(1.0)) / f32(params.columns);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn layer_norm_plain(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let row = (global.x + global.y * workgroups.x * WORKGROUP_SIZE) * 2u;
  if (row >= params.rows) {
    return;
  }
  // A row past the last computes it once more.
  let row0 = row * params.stride4;
  let row1 = min(row + 1u, params.rows - 1u) * params.stride4;
  var sums0 = vec4(0.0);
  var sums1 = vec4(0.0);
  for (var i = 0u; i < params.stride4; i++) {
    sums0 += x[row0 + i];
    sums1 += x[row1 + i];
  }
  let mean0 = mean_of(sums0);
  let mean1 = mean_of(sums1);
  var squares0 = vec4(0.0);
  var squares1 = vec4(0.0);
  for (var i = 0u; i < params.stride4; i++) {
    let a = inside(x[row0 + i] - mean0, i);
    let b = inside(x[row1 + i] - mean1, i);
    squares0 += a * a;
    squares1 += b * b;
  }
  let scale0 = inverseSqrt(mean_of(squares0) + EPS);
  let scale1 = inverseSqrt(mean_of(squares1) + EPS);
  for (var i = 0u; i < params.stride4; i++) {
    let by = weight[i];
    let add = bias[i];
    out[row0 + i] = inside((x[row0 + i] - mean0) * scale0 * by + add, i);
    out[row1 + i] = inside((x[row1 + i] - mean1) * scale1 * by + add, i);
  }
}
