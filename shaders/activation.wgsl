// activation — the function between two linear layers of a head.
//   out[i] = f(x[i])      FUNCTION: 0 relu, 1 silu, 2 selu, 3 tanh
// x, out [values] f32, four at a time; zeros stay zeros.
// Grid   one invocation per four values.
// Numbers: f32, within 1e-6.   Python: torch.nn.functional.relu, silu, selu; torch.tanh
override FUNCTION: u32;

struct Params {
  values4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;

// Beyond it exp is infinite or zero in f32, and what follows from infinities is not defined in
// WGSL.
const LARGEST = 80.0;

fn exp_limited(value: vec4<f32>) -> vec4<f32> {
  return exp(clamp(value, vec4(-LARGEST), vec4(LARGEST)));
}

// exp(v) − 1 for v ≤ 0: near zero the series, which keeps the digits that the difference loses.
fn exp_minus_one(value: vec4<f32>) -> vec4<f32> {
  let series = value * (1.0 + value * (0.5 + value * (0.16666667 + value * (0.041666667 + value * 0.0083333333))));
  return select(exp_limited(value) - 1.0, series, value > vec4(-0.1));
}

fn tanh_exact(value: vec4<f32>) -> vec4<f32> {
  let below = exp_minus_one(-2.0 * abs(value));
  return sign(value) * (-below / (2.0 + below));
}

@compute @workgroup_size(64)
fn activation(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let index = global.x + global.y * workgroups.x * 64u;
  if (index >= params.values4) {
    return;
  }
  let value = x[index];
  switch FUNCTION {
    case 0u: {
      out[index] = max(value, vec4(0.0));
    }
    case 1u: {
      out[index] = value / (1.0 + exp_limited(-value));
    }
    case 2u: {
      let negative = 1.6732632423543772 * exp_minus_one(min(value, vec4(0.0)));
      out[index] = 1.0507009873554805 * select(negative, value, value > vec4(0.0));
    }
    default: {
      out[index] = tanh_exact(value);
    }
  }
}
