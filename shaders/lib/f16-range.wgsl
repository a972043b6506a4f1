// Powers of two that bring values into f16's range and back, exactly; and values cut to what an f16 holds.

fn magnitude(values: vec4<f32>) -> f32 {
  let larger = max(abs(values.xy), abs(values.zw));
  return max(larger.x, larger.y);
}

// What brings a magnitude of 2ᵉ to 2¹⁴: from its exponent alone. One below 2⁻¹¹² comes to less.
fn scale_of(largest: f32) -> f32 {
  return bitcast<f32>((268u - clamp(bitcast<u32>(largest) >> 23u, 15u, 254u)) << 23u);
}

// Exponents count from 127: mirrored there they are the inverse's.
fn inverse_of(power_of_two: f32) -> f32 {
  return bitcast<f32>((254u << 23u) - bitcast<u32>(power_of_two));
}

// Values rounded to the 11 bits of an f16, as f32. By their bits: compilers take f32(f16(value)) for the value itself.
fn rounded(values: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>((bitcast<vec4<u32>>(values) + vec4(0x1000u)) & vec4(0xffffe000u));
}
