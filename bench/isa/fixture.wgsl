// fixture — a small tile in workgroup memory, whose counts a reader can see: the parsers' tests
// hold every compiler to them.
//   A turn: one vec4 is staged; four turns of one scalar and one vec4, 20 bytes, feed 16 products.
struct Params {
  turns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn fixture(@builtin(local_invocation_index) local: u32) {
  var sum = vec4(0.0);
  for (var k = 0u; k < params.turns; k++) {
    tile[local] = x[k * 64u + local];
    workgroupBarrier();
    for (var i = 0u; i < 4u; i++) {
      sum += tile[i * 16u].x * tile[(local + i) & 63u];
    }
    workgroupBarrier();
  }
  out[local] = sum;
}
