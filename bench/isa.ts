/** What the compilers of real GPUs make of the kernels, without those GPUs. See README.md. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { repository } from "../tools/repository.ts";
import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { brokenBounds } from "./isa/bounds.ts";
import { gpus } from "./isa/gpus.ts";
import { staleRows } from "./isa/stale.ts";
import { document, merged, rowLine, savedText, tableHead } from "./isa/report.ts";
import type { Saved } from "./isa/report.ts";

export const usage: string = `
npm run bench -- isa [DIR] [OPTIONS]: what the compilers of real GPUs make of the kernels

  DIR             what bench/isa/setup.sh has made; without it bench/isa.json is read
  --gpus NAME,…   ${gpus.map(({ name }) => name).join(", ")}
  --only REGEX    kernels whose names match: matmul-shared-bf16, attention-.*-128
  --all           every form and head size of rivals, and tunings that the GPU's profile does not name
  --check         fail if a chosen kernel breaks a bound of bench/isa/bounds.ts, or a saved row is stale
  --save          update bench/isa.json and docs/compiled.md
  --json FILE     write the rows; - prints them alone
  --from FILE     another file than bench/isa.json: of another commit, for instance
  --record FOLDER what the parsers' tests read: bench/isa/fixture.wgsl by every compiler
  --out FOLDER    leave the code of each kernel in FOLDER/GPU/KERNEL.txt
  --jobs N        compilers that run together, 1 by default
`;

export const options = {
  gpus: { type: "string" },
  only: { type: "string", default: "" },
  all: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  save: { type: "boolean", default: false },
  json: { type: "string" },
  from: { type: "string" },
  record: { type: "string" },
  out: { type: "string" },
  jobs: { type: "string", default: "1" },
} as const;

export const allowPositionals = true;

const SAVED = path.join(repository, "bench/isa.json");
const DOCUMENT = path.join(repository, "docs/compiled.md");
const TEXT = path.join(repository, "bench/isa/compiled.md");

export async function run(
  values: Values<typeof options>,
  positionals: readonly string[],
): Promise<boolean> {
  const say = values.json === "-" ? () => {} : (line: string) => console.log(line);
  const wanted = pickGpus(values.gpus);
  const only = patternOf(values.only);
  const saved = readSaved(values.from === undefined ? SAVED : fromUser(values.from));
  const isWanted = ({ gpu, kernel }: { gpu: string; kernel: string }): boolean =>
    wanted.some(({ name }) => name === gpu) && only.test(kernel);
  const [folder] = positionals;
  if (values.record !== undefined) {
    if (folder === undefined) throw new UsageError("isa: --record needs DIR, got none");
    const { recordFixtures } = await import("./isa/fixture.ts");
    for (const file of await recordFixtures(fromUser(folder), fromUser(values.record))) say(file);
    return true;
  }
  let result = saved;
  if (folder === undefined) {
    if (values.save) throw new UsageError("isa: --save needs DIR, got none");
    say(tableHead());
    for (const row of saved.rows.filter(isWanted)) say(`${row.gpu.padEnd(12)} ${rowLine(row)}`);
  } else {
    // Loads Dawn, which a look at the saved rows does not need.
    const { measureIsa } = await import("./isa/measure.ts");
    const { driver, dawn, rows } = await measureIsa(fromUser(folder), wanted, {
      only,
      all: values.all,
      out: values.out === undefined ? undefined : fromUser(values.out),
      together: numberOf("jobs", values.jobs),
      say,
    });
    result = { driver, dawn, rows: merged(saved.rows, rows, isWanted) };
    if (values.save) {
      writeFileSync(SAVED, savedText(result));
      writeFileSync(DOCUMENT, document(result, readFileSync(TEXT, "utf8")));
      say(`\n${SAVED} and ${DOCUMENT} are written.`);
    }
  }
  const rows = result.rows.filter(isWanted);
  if (values.json === "-") console.log(savedText({ ...result, rows }));
  else if (values.json !== undefined)
    writeFileSync(fromUser(values.json), savedText({ ...result, rows }));
  if (!values.check) return true;
  const broken = brokenBounds(rows);
  const stale = folder === undefined ? staleRows(rows) : [];
  for (const line of [...broken, ...stale]) console.error(line);
  say(
    broken.length + stale.length === 0
      ? "passed"
      : `${broken.length} bounds broken, ${stale.length} rows stale`,
  );
  return broken.length + stale.length === 0;
}

/** npm runs scripts in the package's folder, but paths are relative to the user's folder. */
function fromUser(name: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? ".", name);
}

function readSaved(file: string): Saved {
  if (!existsSync(file)) {
    if (file !== SAVED) throw new UsageError(`--from: expected a file of rows, got ${file}`);
    return { driver: "", dawn: "", rows: [] };
  }
  return JSON.parse(readFileSync(file, "utf8")) as Saved;
}

function pickGpus(names: string | undefined): typeof gpus {
  if (names === undefined) return gpus;
  return names.split(",").map((name) => {
    const found = gpus.find((gpu) => gpu.name === name);
    if (found) return found;
    const known = gpus.map((gpu) => gpu.name).join(", ");
    throw new UsageError(`--gpus: expected some of ${known}, got ${name}`);
  });
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new UsageError(`--only: expected a regular expression, got ${text}`);
  }
}
