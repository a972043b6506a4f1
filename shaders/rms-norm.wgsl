// rms_norm — scales each row to unit mean square, then multiplies it by the weight.
//   out[r, i] = x[r, i] / sqrt(mean(x[r]²) + EPS) * weight[i]
// x      [rows, columns] f32        weight [columns] f32        out [rows, columns] f32
// Grid   one workgroup per row; rows above 65,535 continue in y.
// Numbers: sums in f32, any order.   Python: Qwen2RMSNorm.forward
override EPS: f32;

const THREADS = 64u;
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

var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn rms_norm(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  // Workgroups past the last row compute it once more and store nothing: a barrier follows.
  let row = workgroup.x + workgroup.y * workgroups.x;
  let begin = min(row, params.rows - 1u) * params.stride4;
  var squares = 0.0;
  for (var i = local; i < params.stride4; i += THREADS) {
    let value = x[begin + i];
    squares += dot(value, value);
  }
  partial[local] = squares;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local < width) {
      partial[local] += partial[local + width];
    }
  }
  workgroupBarrier();
  let mean = partial[0] / f32(params.columns);
  // Squares that overflow would give zeros, and a score that does not depend on the text.
  let not_a_number = bitcast<f32>(0x7fc00000u | params.columns);
  let scale = select(not_a_number, inverseSqrt(mean + EPS), mean <= LARGEST);
  if (row < params.rows) {
    for (var i = local; i < params.stride4; i += THREADS) {
      out[begin + i] = x[begin + i] * scale * weight[i];
    }
  }
}
