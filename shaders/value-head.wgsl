// value_head — the reward at every token: one output with its bias, and no activation.
//   values[t] = Σᵢ x[t, i] · weight[i] + bias[0]
// x [tokens, stride] f32       weight [hidden] f32       bias [1] f32       values [tokens] f32
// Grid   one invocation per token; tokens above the limit continue in y.
// Numbers: f32, any order.   Python: trl ValueHead.forward, LlamaForSequenceClassification.score
override WORKGROUP_SIZE: u32;

struct Params {
  tokens: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn value_head(
  @builtin(global_invocation_id) global: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let token = global.x + global.y * workgroups.x * WORKGROUP_SIZE;
  if (token >= params.tokens) {
    return;
  }
  let begin = token * params.stride4;
  var sums = vec4(0.0);
  for (var i = 0u; i < params.stride4; i++) {
    sums += x[begin + i] * weight[i];
  }
  values[token] = dot(sums, vec4(1.0)) + bias[0];
}
