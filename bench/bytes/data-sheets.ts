/**
 * What GPUs can do, by their makers: multiply-adds in f32 and bytes from memory. From memory of the
 * data sheets, at boost clocks; none was looked up or measured here.
 */
export interface DataSheet {
  readonly gpu: string;
  /** As a browser names the adapter: chooses the kernel profile. */
  readonly seen: string;
  /** TFLOP/s of f32, two for a multiply-add, without matrix units. */
  readonly tflops: number;
  /** GB/s from memory. */
  readonly gigabytes: number;
  /** The GPU of bench/isa.json whose shares bound the kernels on it. */
  readonly isa: string;
}

export const dataSheets: readonly DataSheet[] = [
  { gpu: "RX 9070 XT", seen: "amd rdna-4", tflops: 48.7, gigabytes: 640, isa: "rdna4" },
  { gpu: "RX 7900 XTX", seen: "amd rdna-3", tflops: 61.4, gigabytes: 960, isa: "rdna3" },
  { gpu: "RX 6800", seen: "amd rdna-2", tflops: 16.2, gigabytes: 512, isa: "rdna2" },
  { gpu: "RTX 3090", seen: "nvidia ampere", tflops: 35.6, gigabytes: 936, isa: "ampere" },
  { gpu: "RTX 2080", seen: "nvidia turing", tflops: 10.1, gigabytes: 448, isa: "turing" },
  { gpu: "Arc A770", seen: "intel gen-12hp", tflops: 19.7, gigabytes: 560, isa: "arc" },
  { gpu: "Arc B580", seen: "intel xe-2hpg", tflops: 13.7, gigabytes: 456, isa: "xe2" },
  { gpu: "Iris Xe, 96 EU", seen: "intel gen-12lp", tflops: 2, gigabytes: 68, isa: "tigerlake" },
  { gpu: "Apple M1, 8 cores", seen: "apple metal-3", tflops: 2.6, gigabytes: 68, isa: "apple-m1" },
  { gpu: "Adreno 740", seen: "qualcomm adreno-7xx", tflops: 2.1, gigabytes: 67, isa: "adreno7" },
  { gpu: "Adreno 660", seen: "qualcomm adreno-6xx", tflops: 1.7, gigabytes: 51, isa: "adreno6" },
];
