/**
 * The kinds of faults that are provoked, and which tests and soaks provoke them. A report of the
 * tests becomes a table: kinds, counts, date.
 */

/** Tests of a file, all or those whose titles fit. */
interface TestsOf {
  /** The end of the file's path, or of a folder's, which ends in a slash. */
  readonly path: string;
  readonly title?: RegExp;
}

interface FaultKind {
  readonly fault: string;
  readonly tests: readonly TestsOf[];
  /** The soak that provokes it thousands of times, for a night. */
  readonly soak?: string;
}

const tests = (path: string, title?: RegExp): TestsOf =>
  title === undefined ? { path } : { path, title };

/** All kinds, in the order of the table. */
export const FAULT_MATRIX: readonly FaultKind[] = [
  {
    fault: "safetensors that are malformed, made by hand",
    tests: [tests("test/checkpoint/safetensors.test.ts"), tests("test/checkpoint/verify.test.ts")],
  },
  {
    fault: "headers with random changes",
    tests: [tests("test/checkpoint/mutated-headers.test.ts")],
    soak: "fuzz safetensors",
  },
  {
    fault: "another reader of safetensors disagrees",
    tests: [tests("test/checkpoint/independent-reader.test.ts")],
  },
  {
    fault: "files that are cut",
    tests: [
      tests("test/checkpoint/safetensors.test.ts", /cut|truncat|every byte|shorter/i),
      tests("test/image/decode/whole.test.ts"),
    ],
  },
  {
    fault: "bits that flip in stored weights",
    tests: [
      tests("test/store/faults.test.ts", /flippedBits/),
      tests("test/store/store.browser.test.ts", /flipped bit/),
      tests("test/store/read/verified-file.test.ts"),
    ],
    soak: "faults store",
  },
  {
    fault: "servers and connections that fail",
    tests: [
      tests("test/store/transport-faults.test.ts"),
      tests("test/files/http/http-faults.test.ts"),
    ],
    soak: "faults store",
  },
  {
    fault: "a process or tab killed in mid-download",
    tests: [
      tests("test/store/faults.test.ts", /kills/),
      tests("test/store/resume.test.ts"),
      tests("test/store/store.browser.test.ts", /killed/),
    ],
    soak: "faults store chrome",
  },
  {
    fault: "space that ends",
    tests: [
      tests("test/store/faults.test.ts", /quotas/),
      tests("test/audit/outputs.test.ts", /full|fit/),
      tests("test/cli/output/output-file.test.ts", /full/),
    ],
    soak: "faults store chrome",
  },
  {
    fault: "the store is taken away",
    tests: [tests("test/store/store.browser.test.ts", /evicted/)],
    soak: "faults chrome",
  },
  {
    fault: "several tabs and workers with one model",
    tests: [tests("test/store/store.browser.test.ts", /tabs|workers/)],
  },
  {
    fault: "the GPU process crashes",
    tests: [
      tests("test/load/crash.browser.test.ts"),
      tests("test/load/faults.gpu.test.ts", /loss/),
    ],
    soak: "faults crash",
  },
  {
    fault: "a call of WebGPU fails",
    tests: [tests("test/load/faults.gpu.test.ts", /fault|device/)],
    soak: "faults gpu",
  },
  {
    fault: "memory of the GPU that ends",
    tests: [tests("test/load/limits.gpu.test.ts"), tests("test/load/memory.gpu.test.ts")],
    soak: "gpu --kind out-of-memory",
  },
  {
    fault: "old browsers, small limits, missing features",
    tests: [
      tests("test/load/limits.gpu.test.ts"),
      tests("test/load/old-browser.gpu.test.ts"),
      tests("test/demo/senses.browser.test.ts"),
    ],
  },
  {
    fault: "calls that are aborted",
    tests: [tests("test/load/faults.gpu.test.ts", /abort/), tests("test/gpu/leaks.gpu.test.ts")],
    soak: "faults abort",
  },
  {
    fault: "a worker that dies, hangs or cannot start",
    tests: [
      tests("test/worker/engine.test.ts"),
      tests("test/demo/sealed.browser.test.ts", /hangs/),
    ],
  },
  {
    fault: "commands and their Chrome killed",
    tests: [
      tests("test/audit/process.browser.test.ts"),
      tests("test/cli/batch/resume.test.ts"),
      tests("test/cli/cli.browser.test.ts", /interrupted/),
    ],
    soak: "batch",
  },
  {
    fault: "pictures that are damaged or hostile",
    tests: [tests("test/image/decode/"), tests("test/image/field.browser.test.ts")],
    soak: "fuzz pictures",
  },
  {
    fault: "rows and tables that are damaged or hostile",
    tests: [
      tests("test/cli/batch/hostile-rows.test.ts"),
      tests("test/cli/tables/endless-runs.test.ts"),
      tests("test/rows/refused-rows.test.ts"),
    ],
    soak: "fuzz rows",
  },
  {
    fault: "odd texts",
    tests: [tests("test/text/tokenizer/"), tests("test/text/prompt.test.ts")],
    soak: "fuzz token",
  },
  {
    fault: "hostile templates, configs, tokenizers, pickles",
    tests: [
      tests("test/audit/checkpoint.test.ts"),
      tests("test/text/jinja/"),
      tests("test/checkpoint/pickle.test.ts"),
    ],
    soak: "fuzz template",
  },
  {
    fault: "weights that are not finite, or overflow",
    tests: [tests("test/residency/finite.gpu.test.ts")],
  },
  {
    fault: "ways out of the sealed worker and of the page",
    tests: [tests("test/sealed/sealed.browser.test.ts"), tests("test/demo/sealed.browser.test.ts")],
  },
  {
    fault: "what terminals, HTML and Markdown would obey",
    tests: [tests("test/cli/output/clean.test.ts"), tests("test/audit/outputs.test.ts", /names/)],
  },
  {
    fault: "a browser that adds noise to pixels",
    tests: [tests("test/image/decode/decode.browser.test.ts", /noise|pixels/)],
  },
  {
    fault: "leaks over many scores, loads, aborts",
    tests: [tests("test/gpu/leaks.gpu.test.ts")],
    soak: "leaks",
  },
  {
    fault: "hours of mixed work",
    tests: [tests("test/soak/growth.test.ts")],
    soak: "day",
  },
];

/** A test as the JSON reporter of vitest has it. */
export interface ReportedTest {
  /** The path of its file. */
  readonly file: string;
  readonly title: string;
  readonly status: string;
}

export interface MatrixRow {
  readonly fault: string;
  readonly passed: number;
  readonly failed: number;
  readonly soak: string | undefined;
}

/** Returns the table's rows, from the tests of a run. */
export function matrixOf(reported: readonly ReportedTest[]): readonly MatrixRow[] {
  return FAULT_MATRIX.map(({ fault, tests: own, soak }) => {
    const found = reported.filter((test) => own.some((one) => isOf(test, one)));
    const withStatus = (status: string): number =>
      found.filter((test) => test.status === status).length;
    return { fault, passed: withStatus("passed"), failed: withStatus("failed"), soak };
  });
}

function isOf({ file, title }: ReportedTest, { path, title: wanted }: TestsOf): boolean {
  const isThere = path.endsWith("/") ? file.includes(`/${path}`) : file.endsWith(`/${path}`);
  return isThere && (wanted === undefined || wanted.test(title));
}

/**
 * Returns the table as Markdown.
 * @param date as `toISOString` writes it
 */
export function matrixTable(rows: readonly MatrixRow[], date: string): string {
  const lines = rows.map(({ fault, passed, failed, soak }) => {
    const night = soak === undefined ? "" : `\`npm run soak -- ${soak}\``;
    return `| ${fault} | ${passed} | ${failed} | ${night} |`;
  });
  const sum = (of: (row: MatrixRow) => number): number =>
    rows.reduce((all, row) => all + of(row), 0);
  const [passed, failed] = [sum((row) => row.passed), sum((row) => row.failed)];
  return [
    `${date.slice(0, 10)}: ${rows.length} kinds of faults, ${passed} tests passed, ${failed} failed.`,
    "",
    "| kind of fault | tests passed | failed | for a night |",
    "|---|--:|--:|---|",
    ...lines,
  ].join("\n");
}
