/** The recipes of the documentation. */
import { readdirSync } from "node:fs";

/** Returns their names: files of docs/recipes without their ending. */
export function recipeNames(): readonly string[] {
  return readdirSync("docs/recipes").flatMap((file) =>
    file.endsWith(".md") ? [file.slice(0, -3)] : [],
  );
}
