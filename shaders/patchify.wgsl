// patchify — cuts resized pictures into normalised patches, as the processor's pixel_values.
//   out[p, ((c · TEMPORAL + t) · PATCH + y) · PATCH + x] = pixel(p, y, x)[c] · scale[c] + shift[c]
// pixels [height * width] u32: red, green, blue, alpha, eight bits each, red lowest; alpha unused
// out    [patches, 3 · TEMPORAL · PATCH²] f32, in merge-block order: blocks of MERGE × MERGE
//        patches row by row, and row by row inside a block. A still picture's frames are equal.
// Grid   one invocation per value.
// Numbers: one multiplication and one addition in f32.   Python: Qwen2VLImageProcessor._preprocess
override PATCH: u32;
override MERGE: u32;
override TEMPORAL: u32;

struct Params {
  scale: vec3<f32>,
  patches: u32,
  shift: vec3<f32>,
  stride: u32,
  // Pixels in a row of the picture, blocks in a row of blocks, the patch where this picture begins.
  width: u32,
  blocks: u32,
  first_patch: u32,
}

@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn patchify(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.patches * params.stride) {
    return;
  }
  let patch_index = index / params.stride;
  let value = index % params.stride;
  let channel = value / (TEMPORAL * PATCH * PATCH);
  let block = patch_index / (MERGE * MERGE);
  let inside = patch_index % (MERGE * MERGE);
  let row = (block / params.blocks * MERGE + inside / MERGE) * PATCH + value / PATCH % PATCH;
  let column = (block % params.blocks * MERGE + inside % MERGE) * PATCH + value % PATCH;
  let byte = f32((pixels[row * params.width + column] >> (channel * 8u)) & 0xffu);
  let place = (params.first_patch + patch_index) * params.stride + value;
  // The columns that pad a row to whole vec4s are zeros.
  out[place] = select(byte * params.scale[channel] + params.shift[channel], 0.0, channel > 2u);
}
