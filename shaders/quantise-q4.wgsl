// quantise_q4 — quantises rows of a tensor into a weight: 0 … 15 in blocks of 32. See
// lib/weight-q4.wgsl.
//   integer = round((value - lowest) / step)
//   lowest = the largest bf16 that is not larger than any value of the block
//   step = the smallest bf16 with 15 * step >= max - lowest
// raw    [rows, columns] f32, bf16 or f16, packed
// out    [part_rows, stride] of 4 bits, then steps and lowests
// faults [tensors] set to 1 if a value is NaN or infinite: such a block has no step
// Grid   one invocation per block, 64 to a workgroup, folded into y.
// Numbers: bit for bit those of testing/reference/quantise.ts.
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;

fn at_most(value: f32) -> f32 {
  if (abs(value) < TINY) {
    return 0.0;
  }
  let cut = truncated(value);
  return select(cut, next_bf16(cut), cut > value);
}

@compute @workgroup_size(64)
fn quantise_q4(
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
  var least = raw_value(row, block * 32u);
  var most = least;
  for (var i = 0u; i < 32u; i++) {
    values[i] = raw_value(row, block * 32u + i);
    is_finite = is_finite && raw_is_finite(row, block * 32u + i);
    least = min(least, values[i]);
    most = max(most, values[i]);
  }
  if (!is_finite) {
    atomicStore(&faults[params.fault], 1u);
  }
  let lowest = at_most(least);
  let step = step_over(most - lowest, 15.0, 1.0 / 15.0);
  let inverse = inverse_of(step);
  let at = part_row(row) * blocks + block;
  for (var word = 0u; word < 4u; word++) {
    var packed = 0u;
    for (var i = 0u; i < 8u; i++) {
      let integer = clamp(nearest(values[word * 8u + i] - lowest, step, inverse), 0.0, 15.0);
      // The first four in the low halves of the bytes, the others in the high halves.
      packed |= u32(integer) << (8u * (i & 3u) + (i & 4u));
    }
    out[at * 4u + word] = packed;
  }
  out[params.part_rows * blocks * 4u + at] = (bitcast<u32>(step) >> 16u) | (bitcast<u32>(lowest) & 0xffff0000u);
}
