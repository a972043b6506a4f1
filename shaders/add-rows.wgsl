// add_rows — adds weighted rows of a table: out[r] = x[r] + Σ weight · table[row], over TAPS taps.
// x, out [rows, columns] f32        table [table rows, columns] f32
// taps   [rows, TAPS]: (row of the table, bits of the weight in f32); a weight of 0 adds nothing
// Grid   one invocation per four values.
// Numbers: f32, in the order of the taps; rows whose weights are 0 are copied bit for bit.
// Python: Qwen3VLVisionModel's position table; Qwen3VLTextModel._deepstack_process
override TAPS: u32;

struct Params {
  rows: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> taps: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn add_rows(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.rows * params.stride4) {
    return;
  }
  let row = index / params.stride4;
  let column4 = index % params.stride4;
  var sum = vec4(0.0);
  for (var i = 0u; i < TAPS; i++) {
    let tap = taps[row * TAPS + i];
    let weight = bitcast<f32>(tap.y);
    if (weight != 0.0) {
      sum += weight * table[tap.x * params.stride4 + column4];
    }
  }
  out[index] = x[index] + sum;
}
