// Tested by: test/node/optional.test.ts
/** Packages that are installed only by those who need them. */
import { UnsupportedError } from "../errors.ts";

/**
 * Returns what a package exports.
 * @param load imports it
 * @throws UnsupportedError if it is not installed, or does not load on this machine
 */
export async function optionalPackage<T>(
  name: string,
  purpose: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    throw new UnsupportedError({
      where: `package ${name}`,
      what: isMissing ? "is not installed" : "does not load on this machine",
      got: isMissing ? undefined : String(cause).split("\n", 1)[0],
      expected: purpose,
      todo: `Run \`npm install ${name}\``,
      cause,
    });
  }
}
