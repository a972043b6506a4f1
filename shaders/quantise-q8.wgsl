// quantise_q8 — quantises rows of a tensor into a weight: int8 in blocks of 32. See
// lib/weight-q8.wgsl.
//   integer = round(value / step)
//   step = the smallest bf16 with 127 * step >= max |value| of the block
// raw    [rows, columns] f32, bf16 or f16, packed
// out    [part_rows, stride] int8, then the scales
// faults [tensors] set to 1 if a value is NaN or infinite: such a block has no step
// Grid   one invocation per block, 64 to a workgroup, folded into y.
// Numbers: bit for bit those of testing/reference/quantise.ts.
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;

@compute @workgroup_size(64)
fn quantise_q8(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let blocks = params.stride / 32u;
  let row = index / blocks;
  let block = index % blocks;
  if (row >= params.rows) {
    return;
  }
  var values: array<f32, 32>;
  var is_finite = true;
  var most = 0.0;
  for (var i = 0u; i < 32u; i++) {
    values[i] = raw_value(row, block * 32u + i);
    is_finite = is_finite && raw_is_finite(row, block * 32u + i);
    most = max(most, abs(values[i]));
  }
  if (!is_finite) {
    atomicStore(&faults[params.fault], 1u);
  }
  let step = step_over(most, 127.0, 1.0 / 127.0);
  let inverse = inverse_of(step);
  let at = part_row(row) * blocks + block;
  for (var word = 0u; word < 8u; word++) {
    var packed = 0u;
    for (var i = 0u; i < 4u; i++) {
      let integer = clamp(nearest(values[word * 4u + i], step, inverse), -127.0, 127.0);
      packed |= (bitcast<u32>(i32(integer)) & 0xffu) << (8u * i);
    }
    out[at * 8u + word] = packed;
  }
  // unpack4x8snorm divides by 127.
  out[params.part_rows * blocks * 8u + at] = bitcast<u32>(127.0 * step);
}
