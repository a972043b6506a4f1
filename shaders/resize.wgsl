// resize — resizes one axis of a picture: bicubic, bit for bit as src/image/resize/resize.ts.
//   out[y, x][c] = clip((half + Σ_t weight[t] · pixels[…][c]) >> bits)
//   … is (y, first + t) along rows, and (first + t, x) if DOWN
// pixels [height * width] u32: red, green, blue, alpha, eight bits each, red lowest; alpha unused
// taps   [columns or rows, stride] i32 for each new pixel: the index of the first old one, their
//        number, then their weights times 2^bits
// out    [rows * columns] u32, as pixels; alpha is 255
// Grid   one invocation per new pixel.
// Numbers: whole, in 32 bits; half of 2^bits is added before the shift, which rounds down.
// C: ImagingResample (Pillow)
override DOWN: bool;

struct Params {
  // Of the result.
  rows: u32,
  columns: u32,
  // Pixels in a row of the old picture.
  width: u32,
  stride: u32,
  bits: u32,
}

@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read> taps: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn resize(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.rows * params.columns) {
    return;
  }
  let row = index / params.columns;
  let column = index % params.columns;
  let own = select(column, row, DOWN) * params.stride;
  let first = u32(taps[own]);
  let begin = own + 2u;
  let end = begin + u32(taps[own + 1u]);
  let step = select(1u, params.width, DOWN);
  var at = select(row * params.width + first, first * params.width + column, DOWN);
  var sum = vec3<i32>(1i << (params.bits - 1u));
  for (var tap = begin; tap < end; tap++) {
    let word = pixels[at];
    sum += taps[tap] * vec3<i32>(vec3<u32>(word, word >> 8u, word >> 16u) & vec3<u32>(0xffu));
    at += step;
  }
  let bytes = vec3<u32>(clamp(sum >> vec3<u32>(params.bits), vec3<i32>(0), vec3<i32>(255)));
  out[index] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | 0xff000000u;
}
