/** What each compiler printed, as statistics and instructions. */
import type { Compiler } from "../gpus.ts";
import { parseAco } from "./aco.ts";
import { parseAgx } from "./agx.ts";
import { parseBrw } from "./brw.ts";
import type { Parsed } from "./instruction.ts";
import { parseIr3 } from "./ir3.ts";
import { parseNak } from "./nak.ts";

/** @param architecture as the adapter names it: Intel's tells how wide its units are */
export function parse(compiler: Compiler, output: string, architecture: string): Parsed {
  if (compiler === "aco") return parseAco(output);
  if (compiler === "nak") return parseNak(output);
  if (compiler === "agx") return parseAgx(output);
  if (compiler === "ir3") return parseIr3(output);
  return parseBrw(output, /^xe-[2-9]/.test(architecture) ? 16 : 8);
}
