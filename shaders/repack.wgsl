// repack — copies rows of a tensor into a weight: padded with zeros, interleaved, and widened to
// f32 if asked.
//   out[part_row(r), k] = raw[r, k], and 0 for k past the columns
// raw    [rows, columns] f32, bf16 or f16, packed
// out    [part_rows, stride] f32, or the same 16-bit type
// Grid   one invocation per u32 of out, 64 to a workgroup, folded into y.
// Numbers: bits are moved; widening is exact.
override HALVES: bool; // out holds two values of 16 bits in a u32

@compute @workgroup_size(64)
fn repack(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let words = select(params.stride, params.stride / 2u, HALVES);
  let row = index / words;
  let word = index % words;
  if (row >= params.rows) {
    return;
  }
  let at = part_row(row) * words + word;
  if (HALVES) {
    out[at] = raw_half(row, word * 2u) | (raw_half(row, word * 2u + 1u) << 16u);
  } else {
    out[at] = bitcast<u32>(raw_value(row, word));
  }
}
