// gelu_sigmoid — the two approximations of GELU that are a sigmoid: by tanh, and QuickGELU.
//   out[i] = x[i] / (1 + exp(−(linear · x[i] + cubic · x[i]³)))
// By tanh: ½ (1 + tanh(u)) is the sigmoid of 2u, u = √(2/π) (x + 0.044715 x³). WGSL's own tanh may
// be
// off by 2⁻¹¹. QuickGELU: linear 1.702, cubic 0.
// x, out [values] f32, four at a time; zeros stay zeros.
// Grid   one invocation per four values.
// Numbers: f32.   Python: GELUTanh, QuickGELUActivation
struct Params {
  values4: u32,
  linear: f32,
  cubic: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn gelu_sigmoid(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.values4) {
    return;
  }
  let value = x[index];
  // Beyond ±90 the sigmoid is 0 or 1 in f32; the cube of a large value would be infinite.
  let near = clamp(value, vec4(-90.0), vec4(90.0));
  let exponent = -near * (params.linear + params.cubic * near * near);
  out[index] = max(value, vec4(-90.0)) / (1.0 + exp(clamp(exponent, vec4(-88.0), vec4(88.0))));
}
