// Scales values by powers of two into f16's range and back, exactly, and rounds them to f16.

fn magnitude(values: vec4<f32>) -> f32 {
  let larger = max(abs(values.xy), abs(values.zw));
  return max(larger.x, larger.y);
}

// Returns the factor that brings a magnitude of 2ᵉ to 2¹⁴, from its exponent. Below 2⁻¹¹² it is
// less.
fn scale_of(largest: f32) -> f32 {
  return bitcast<f32>((268u - clamp(bitcast<u32>(largest) >> 23u, 15u, 254u)) << 23u);
}

// Exponents are biased by 127, so 254 minus an exponent is that of the inverse.
fn inverse_of(power_of_two: f32) -> f32 {
  return bitcast<f32>((254u << 23u) - bitcast<u32>(power_of_two));
}

// Rounds values to the 11 bits of an f16, as f32. It works on the bits, because compilers simplify
// f32(f16(value)) to value.
fn rounded(values: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>((bitcast<vec4<u32>>(values) + vec4(0x1000u)) & vec4(0xffffe000u));
}
