// Reads rows of a tensor in its file's layout, some at a time, and places them in a part of a
// weight.
override RAW_DTYPE: u32; // 0: f32, 1: bf16, 2: f16

struct Params {
  // About the uploaded rows. They are adjacent, aligned only to their values.
  rows: u32,
  columns: u32,
  // The place of the first row, and whether gate and up alternate in fours.
  first_row: u32,
  interleaved: u32,
  // Rows of the part, and values from one of its rows to the next.
  part_rows: u32,
  stride: u32,
  // The word of `faults` that a NaN or an infinity among the rows sets; quantised forms only.
  fault: u32,
}

@group(0) @binding(0) var<storage, read> raw: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn part_row(row: u32) -> u32 {
  return params.first_row + select(row, row / 4u * 8u + row % 4u, params.interleaved != 0u);
}

// Returns sixteen bits, of a value of two bytes. Past the row there are zeros.
fn raw_half(row: u32, k: u32) -> u32 {
  if (k >= params.columns) {
    return 0u;
  }
  let index = row * params.columns + k;
  return (raw[index / 2u] >> ((index & 1u) * 16u)) & 0xffffu;
}

// Returns whether a value is finite. It tests the bits, because a compiler may assume finite
// floats.
fn raw_is_finite(row: u32, k: u32) -> bool {
  if (k >= params.columns) {
    return true;
  }
  if (RAW_DTYPE == 0u) {
    return (raw[row * params.columns + k] & 0x7f800000u) != 0x7f800000u;
  }
  let exponent = select(0x7c00u, 0x7f80u, RAW_DTYPE == 1u);
  return (raw_half(row, k) & exponent) != exponent;
}

// Widens a value to f32, exactly. Past the row there are zeros.
fn raw_value(row: u32, k: u32) -> f32 {
  if (k >= params.columns) {
    return 0.0;
  }
  if (RAW_DTYPE == 0u) {
    return bitcast<f32>(raw[row * params.columns + k]);
  }
  let half = raw_half(row, k);
  if (RAW_DTYPE == 1u) {
    return bitcast<f32>(half << 16u);
  }
  return unpack2x16float(half).x;
}
