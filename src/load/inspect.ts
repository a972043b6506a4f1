/** A look at a model before it is loaded. Its code is loaded when it is called. */
import type { ModelFolder } from "../files/resolve-source.ts";
import type { Inspection, InspectOptions } from "./inspection/types.ts";

export type { FormNeed, Inspection, InspectOptions } from "./inspection/types.ts";

/**
 * Returns what loading a model would read, and what it would take on the GPU.
 * @throws InputError, WeightsError, UnsupportedError as loading would
 */
export async function inspectModel(
  from: ModelFolder,
  options: InspectOptions = {},
): Promise<Inspection> {
  const { inspectFolder } = await import("./inspection/inspect-folder.ts");
  return await inspectFolder(from, options);
}
