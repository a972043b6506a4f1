// A matmul for tests, sound or with one fault: it takes the place of any variant, with the same
// bindings, params and grid. One invocation at a time does eight columns of a row.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

// FAULT is one of these; 0 for none. The test appends it.
const X_OF_11_BITS: u32 = 1u;
const WEIGHTS_OF_7_BITS: u32 = 2u;
const X_CUT_AT_F16_LARGEST: u32 = 3u;
const X_BELOW_F16_IS_ZERO: u32 = 4u;
const X_SCALED: u32 = 5u;
const WEIGHTS_SCALED: u32 = 6u;
const SUMS_IN_F16: u32 = 7u;
const LAST_ROW_OF_ANOTHER: u32 = 8u;
const LAST_DEPTH_LEFT_OUT: u32 = 9u;
const COLUMNS_SWAPPED: u32 = 10u;

const LARGEST: vec4<f32> = vec4(65504.0);

fn cut(values: vec4<f32>, mask: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(values) & vec4(mask));
}

fn load_x(row: u32, k: u32) -> vec4<f32> {
  let isLast = FAULT == LAST_ROW_OF_ANOTHER && row == params.rows - 1u;
  let value = x[select(row, max(row, 1u) - 1u, isLast) * params.x_stride4 + k];
  if (FAULT == X_OF_11_BITS) { return cut(value, 0xffffe000u); }
  if (FAULT == X_CUT_AT_F16_LARGEST) { return clamp(value, -LARGEST, LARGEST); }
  if (FAULT == X_BELOW_F16_IS_ZERO) {
    return select(vec4(0.0), value, abs(value) > vec4(0x1p-24));
  }
  if (FAULT == X_SCALED) { return value * 2.0; }
  return value;
}

fn load_weight(column: u32, k: u32) -> vec4<f32> {
  let given = min(column, params.columns - 1u);
  let own = select(given, given ^ 1u, FAULT == COLUMNS_SWAPPED && (given | 1u) < params.columns);
  let index = own * params.weight_stride4 + k;
  let value = block4(index, weight_block(index));
  if (FAULT == WEIGHTS_OF_7_BITS) { return cut(value, 0xfffe0000u); }
  if (FAULT == WEIGHTS_SCALED) { return value * 0.5; }
  return value;
}

fn product(row: u32, column: u32) -> f32 {
  var sum = 0.0;
  let depth4 = params.depth4 - select(0u, 1u, FAULT == LAST_DEPTH_LEFT_OUT);
  for (var k = 0u; k < depth4; k++) {
    let left = load_x(row, k);
    let right = load_weight(column, k);
    for (var i = 0u; i < 4u; i++) {
      sum += left[i] * right[i];
      if (FAULT == SUMS_IN_F16) { sum = quantizeToF16(clamp(sum, -LARGEST.x, LARGEST.x)); }
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn faulty_matmul(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let eights = (params.columns + 7u) / 8u;
  let step = workgroups.x * workgroups.y * 64u;
  let first = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  for (var i = first; i < params.rows * eights; i += step) {
    let row = i / eights;
    let column = i % eights * 8u;
    var low = vec4(0.0);
    var high = vec4(0.0);
    for (var v = 0u; v < 4u; v++) {
      low[v] = product(row, column + v);
      high[v] = product(row, column + 4u + v);
    }
    store8(row, column / 4u, low, high);
  }
}
