// Scores of four queries (columns) and four keys (rows), for attentions with scores in registers.
const LOWEST = -3.0e38;

// Scores of the keys from `first` on: scaled if the query sees the key, else LOWEST.
fn visible(scores: mat4x4<f32>, first: u32, limits: vec4<u32>) -> mat4x4<f32> {
  let key = vec4(first) + vec4(0u, 1u, 2u, 3u);
  return mat4x4(
    select(vec4(LOWEST), scores[0] * SCALE, key < vec4(limits[0])),
    select(vec4(LOWEST), scores[1] * SCALE, key < vec4(limits[1])),
    select(vec4(LOWEST), scores[2] * SCALE, key < vec4(limits[2])),
    select(vec4(LOWEST), scores[3] * SCALE, key < vec4(limits[3])));
}

// The highest score of each query.
fn highest(scores: mat4x4<f32>) -> vec4<f32> {
  let of_key = transpose(scores);
  return max(max(of_key[0], of_key[1]), max(of_key[2], of_key[3]));
}

fn exponentials(scores: mat4x4<f32>, maximum: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(
    exp(scores[0] - maximum[0]), exp(scores[1] - maximum[1]),
    exp(scores[2] - maximum[2]), exp(scores[3] - maximum[3]));
}

// The sum over the keys for each query.
fn sums(weights: mat4x4<f32>) -> vec4<f32> {
  return vec4(1.0) * weights;
}
