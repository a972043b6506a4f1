// unfused_softmax — second step of attention without fusing: the softmax of each row.
// x      [rows, columns padded to vec4s] f32; row = head * columns + query
// out    the same; what pads a row becomes zero
// Grid   one workgroup a row; rows above 65,535 continue in y.
struct Params {
  rows: u32,
  columns: u32,
  stride: u32,
  // 1: a query sees the keys up to itself.
  causal: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn unfused_softmax(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.x + workgroup.y * workgroups.x;
  let begin = min(row, params.rows - 1u) * params.stride;
  let seen = select(params.columns, row % params.columns + 1u, params.causal == 1u);
  var highest = -3.0e38;
  for (var i = local; i < seen; i += 64u) {
    highest = max(highest, x[begin + i]);
  }
  partial[local] = highest;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (local < step) {
      partial[local] = max(partial[local], partial[local + step]);
    }
  }
  workgroupBarrier();
  highest = partial[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var i = local; i < seen; i += 64u) {
    sum += exp(x[begin + i] - highest);
  }
  partial[local] = sum;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (local < step) {
      partial[local] += partial[local + step];
    }
  }
  workgroupBarrier();
  if (row >= params.rows) {
    return;
  }
  for (var i = local; i < params.stride; i += 64u) {
    let weight = exp(x[begin + min(i, seen - 1u)] - highest) / partial[0];
    out[begin + i] = select(0.0, weight, i < seen);
  }
}
