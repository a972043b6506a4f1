/**
 * The rate of loading over HTTP, against a bare loop of fetch and writeBuffer over the same bytes,
 * in a tab.
 */
import { Device } from "../../src/gpu/device.ts";
import { httpSource } from "../../src/files/http/http-source.ts";
import { loadRate } from "../load/load-rate.ts";
import type { BareRead, LoadRate } from "../load/load-rate.ts";

/** @param url of a model's folder */
export async function measureLoad(url: string, rounds: number): Promise<LoadRate> {
  const device = await Device.open();
  try {
    return await loadRate(device, httpSource(url), bareFetch(url), rounds);
  } finally {
    device.destroy();
  }
}

/** Sends one request per stretch and writes the bytes as they arrive. */
function bareFetch(url: string): BareRead {
  return async ({ file, begin, end }, take) => {
    const headers = { range: `bytes=${begin}-${end - 1}` };
    const response = await fetch(new URL(file.path, url), { headers });
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      await take(value);
    }
  };
}
