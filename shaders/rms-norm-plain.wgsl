// rms_norm_plain — rms_norm for adapters with slow barriers: invocations share nothing.
//   out[r, i] = x[r, i] / sqrt(mean(x[r]²) + EPS) * weight[i]
// x      [rows, columns] f32        weight [columns] f32        out [rows, columns] f32
// Tile   an invocation computes four rows, so that it loads each weight once for all of them.
// Grid   one invocation per four rows; rows above the limit continue in y.
// Numbers: sums in f32, any order.   Python: Qwen2RMSNorm.forward
override EPS: f32;
override WORKGROUP_SIZE: u32;

const LARGEST = 3.0e38;

struct Params {
  rows: u32,
  columns: u32,
  // vec4s in a row; the columns past the end are zeros in x, so they add nothing.
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

fn inverse_rms(squares: vec4<f32>) -> f32 {
  let mean = dot(squares, vec4(1.0)) / f32(params.columns);
  // Squares that overflow would give zeros, and a score that does not depend on the text.
  let not_a_number = bitcast<f32>(0x7fc00000u | params.columns);
  return select(not_a_number, inverseSqrt(mean + EPS), mean <= LARGEST);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn rms_norm_plain(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let row = (global.x + global.y * workgroups.x * WORKGROUP_SIZE) * 4u;
  if (row >= params.rows) {
    return;
  }
  // Rows past the last compute it once more.
  let last = params.rows - 1u;
  let row0 = row * params.stride4;
  let row1 = min(row + 1u, last) * params.stride4;
  let row2 = min(row + 2u, last) * params.stride4;
  let row3 = min(row + 3u, last) * params.stride4;
  var squares0 = vec4(0.0);
  var squares1 = vec4(0.0);
  var squares2 = vec4(0.0);
  var squares3 = vec4(0.0);
  for (var i = 0u; i < params.stride4; i++) {
    let a = x[row0 + i];
    let b = x[row1 + i];
    let c = x[row2 + i];
    let d = x[row3 + i];
    squares0 += a * a;
    squares1 += b * b;
    squares2 += c * c;
    squares3 += d * d;
  }
  let scale0 = inverse_rms(squares0);
  let scale1 = inverse_rms(squares1);
  let scale2 = inverse_rms(squares2);
  let scale3 = inverse_rms(squares3);
  for (var i = 0u; i < params.stride4; i++) {
    let by = weight[i];
    out[row0 + i] = x[row0 + i] * scale0 * by;
    out[row1 + i] = x[row1 + i] * scale1 * by;
    out[row2 + i] = x[row2 + i] * scale2 * by;
    out[row3 + i] = x[row3 + i] * scale3 * by;
  }
}
