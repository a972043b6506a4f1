// fma_peak — multiplies and adds in registers as fast as the GPU can.
// It gives the peak that other kernels are measured against.
// out    [invocations] vec4 f32, so that nothing may be left out
// Grid   one invocation per value of out. Eight chains of vec4 per invocation hide each other's
//        latency.
// Operations: 8 chains * 4 values * 2 * params.rounds each.
struct Params {
  rounds: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn fma_peak(@builtin(global_invocation_id) global: vec3<u32>) {
  let factor = vec4(0.999 + f32(global.x) * 1e-9);
  let term = vec4(0.001, 0.002, 0.003, 0.004);
  var a = term;
  var b = term + 1.0;
  var c = term + 2.0;
  var d = term + 3.0;
  var e = term + 4.0;
  var f = term + 5.0;
  var g = term + 6.0;
  var h = term + 7.0;
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, factor, term);
    b = fma(b, factor, term);
    c = fma(c, factor, term);
    d = fma(d, factor, term);
    e = fma(e, factor, term);
    f = fma(f, factor, term);
    g = fma(g, factor, term);
    h = fma(h, factor, term);
  }
  out[global.x] = a + b + c + d + e + f + g + h;
}
