// Stores the finished sums of every matmul: bias, SwiGLU, residual, and the guarded store.
//   swiglu: `low` are four gates and `high` the four ups that belong to them (weight rows are
//   interleaved in fours at load), so that eight sums give four values: silu(gate) * up.
// Columns past the end are stored as zeros: the next matmul reads whole vec4s along its depth.
//
// The three choices are params, not overrides: one pipeline serves every layer, and compiling is
// slow.
struct Params {
  rows: u32,
  // Rows of this part of the weight, and the vec4 of all the weight's rows where the part begins.
  columns: u32,
  first4: u32,
  // vec4s along the depth, and in a row of x, weight, residual and out.
  depth4: u32,
  x_stride4: u32,
  weight_stride4: u32,
  out_stride4: u32,
  // 0 or 1
  has_bias: u32,
  has_residual: u32,
  swiglu: u32,
}

@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

fn masked(value: vec4<f32>, column: u32) -> vec4<f32> {
  return select(vec4(0.0), value, vec4(column) + vec4(0u, 1u, 2u, 3u) < vec4(params.columns));
}

fn store4(row: u32, column4: u32, sums: vec4<f32>) {
  if (row >= params.rows || column4 * 4u >= params.columns) {
    return;
  }
  let index = row * params.out_stride4 + params.first4 + column4;
  var value = sums;
  if (params.has_bias != 0u) {
    value += bias[params.first4 + column4];
  }
  if (params.has_residual != 0u) {
    value += residual[index];
  }
  out[index] = masked(value, column4 * 4u);
}

fn store8(row: u32, column4: u32, low: vec4<f32>, high: vec4<f32>) {
  if (params.swiglu == 0u) {
    store4(row, column4, low);
    store4(row, column4 + 1u, high);
    return;
  }
  if (row >= params.rows || column4 * 4u >= params.columns) {
    return;
  }
  var gate = low;
  var up = high;
  if (params.has_bias != 0u) {
    gate += bias[params.first4 + column4];
    up += bias[params.first4 + column4 + 1u];
  }
  let index = row * params.out_stride4 + (params.first4 + column4) / 2u;
  out[index] = gate / (1.0 + exp(-gate)) * up;
}
