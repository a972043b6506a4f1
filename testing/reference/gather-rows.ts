/** Twin of the kernel gather-rows: x[order]. */
export function gatherRows(x: Float32Array, rows: number, order: Uint32Array): Float32Array {
  const columns = x.length / rows;
  const out = new Float32Array(order.length * columns);
  order.forEach((row, i) => out.set(x.subarray(row * columns, (row + 1) * columns), i * columns));
  return out;
}
