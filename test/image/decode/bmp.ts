/**
 * Returns a BMP file, which sharp does not write: three bytes a pixel, rows from below. Pixel i has
 * 3i, 3i + 1 and 3i + 2.
 */
export function bmpOf(width: number, height: number): Buffer {
  const rowBytes = 4 * Math.ceil((width * 24) / 32);
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    const row = 54 + rowBytes * (height - 1 - y);
    for (let i = 0; i < width * 3; i++) file[row + i] = y * width * 3 + i;
  }
  return file;
}
