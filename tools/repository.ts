import path from "node:path";

/** The folder of the repository. */
export const repository: string = path.dirname(import.meta.dirname);
