/**
 * Dawn for Node, held back: as long as anything is pending it polls at every turn of the event
 * loop. That takes a core from software adapters, and each poll makes a function that only a full
 * collection frees: 50 MB of heap a second.
 */

/** Between two polls. */
const PAUSE_MS = 1;

/**
 * Lets Dawn poll once in a millisecond. It asks for its turns by `setImmediate`, which others use
 * as before.
 */
export function slowDownPolls(): void {
  globalThis.setImmediate = new Proxy(globalThis.setImmediate, {
    apply(immediate, self, args: Parameters<typeof setImmediate>) {
      return isNative(args[0]) ? setTimeout(args[0], PAUSE_MS) : immediate.apply(self, args);
    },
  });
}

/** Returns true if a function is Dawn's: only Dawn passes C++ functions to `setImmediate`. */
function isNative(callback: () => void): boolean {
  return (
    callback.name === "" && Function.prototype.toString.call(callback).includes("[native code]")
  );
}
