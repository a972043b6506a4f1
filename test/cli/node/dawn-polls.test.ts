import { afterEach, expect, test } from "vitest";
import { slowDownPolls } from "../../../cli/node/dawn-polls.ts";

const own = globalThis.setImmediate;
afterEach(() => {
  globalThis.setImmediate = own;
});

/** A function without a name that is written as native code, as Dawn's is. */
const native = (act: () => void): (() => void) => new Proxy(act, { get: () => "" });

test("dawn-polls: Dawn's own function → it waits; all others → in the next turn, with their arguments", async () => {
  slowDownPolls();
  const ran: string[] = [];
  const polled = new Promise<void>((resolve) => {
    setImmediate(
      native(() => {
        ran.push("poll");
        resolve();
      }),
    );
  });
  await new Promise<void>((resolve) => {
    setImmediate((name: string) => {
      ran.push(name);
      resolve();
    }, "another's");
  });
  expect(ran).toEqual(["another's"]);
  await polled;
  expect(ran).toEqual(["another's", "poll"]);
});
