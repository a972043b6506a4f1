// layer_norm — scales each row to mean zero and variance one, then multiplies and adds.
//   out[r, i] = (x[r, i] − mean(x[r])) / sqrt(variance(x[r]) + EPS) * weight[i] + bias[i]
// x      [rows, columns] f32        weight, bias [columns] f32        out [rows, columns] f32
// Grid   one workgroup per row; rows above 65,535 continue in y.
// Numbers: sums in f32, any order; the variance is of the differences, so it has no cancellation.
// Python: torch.nn.LayerNorm
override EPS: f32;

const THREADS = 64u;

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

var<workgroup> partial: array<f32, THREADS>;

// The values of a vec4 that are columns; zeros past the end.
fn inside(value: vec4<f32>, column4: u32) -> vec4<f32> {
  let columns = vec4(column4 * 4u) + vec4(0u, 1u, 2u, 3u);
  return select(vec4(0.0), value, columns < vec4(params.columns));
}

// The mean over the columns of what each invocation has added up.
fn mean_of(own: f32, local: u32) -> f32 {
  // The last mean must be read by all before its place is written again.
  workgroupBarrier();
  partial[local] = own;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local < width) {
      partial[local] += partial[local + width];
    }
  }
  workgroupBarrier();
  return partial[0] / f32(params.columns);
}

@compute @workgroup_size(THREADS)
fn layer_norm(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  // Workgroups past the last row compute it once more and store nothing: a barrier follows.
  let row = workgroup.x + workgroup.y * workgroups.x;
  let begin = min(row, params.rows - 1u) * params.stride4;
  var sum = 0.0;
  for (var i = local; i < params.stride4; i += THREADS) {
    sum += dot(x[begin + i], vec4(1.0));
  }
  let mean = mean_of(sum, local);
  var squares = 0.0;
  for (var i = local; i < params.stride4; i += THREADS) {
    let difference = inside(x[begin + i] - mean, i);
    squares += dot(difference, difference);
  }
  let scale = inverseSqrt(mean_of(squares, local) + EPS);
  if (row < params.rows) {
    for (var i = local; i < params.stride4; i += THREADS) {
      out[begin + i] = inside((x[begin + i] - mean) * scale * weight[i] + bias[i], i);
    }
  }
}
