/**
 * The names of WebGPU, and of what `using` frees, in the published types. TypeScript's own DOM has
 * the first since 6.0; before, a project without `@webgpu/types` could not compile the library's
 * types unless it skips checks. An empty interface beside the real one changes nothing; alone it
 * stands for any object.
 */

/** Types that are aliases, which cannot be declared twice, and what they are. */
const ALIASES: Readonly<Record<string, string>> = {
  GPUBufferUsageFlags: "number",
  GPUFeatureName: "string",
};
const NAMES = /(?<=[\s:<(|&])GPU(?:[A-Z][A-Za-z]*)?(?=[;,)\s>|&[])/g;
const DISPOSAL = /\bSymbol\.(?:asyncD|d)ispose\b|\b(?:Async)?Disposable\b/;
/** As TypeScript's own `esnext.disposable`, which a project of ES2022 does not have. */
const DISPOSABLE = `interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
}
interface Disposable {
    [Symbol.dispose](): void;
}
interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>;
}
`;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*/g;

/** Returns the names of interfaces that a file of types uses. */
export function gpuNames(text: string): readonly string[] {
  const code = text.replaceAll(COMMENTS, "");
  return [...new Set(code.match(NAMES) ?? [])].filter((name) => !(name in ALIASES)).toSorted();
}

/** Returns the file with its aliases spelled out, and a reference to what declares the others. */
export function withGpuTypes(text: string, declarations: string): string {
  let spelled = text;
  for (const [name, type] of Object.entries(ALIASES)) {
    spelled = spelled.replaceAll(new RegExp(`\\b${name}\\b`, "g"), type);
  }
  if (gpuNames(text).length === 0 && !DISPOSAL.test(text.replaceAll(COMMENTS, ""))) return spelled;
  return `/// <reference path="${declarations}" />\n${spelled}`;
}

/** Returns the file that declares the names. */
export function gpuDeclarations(names: readonly string[]): string {
  const lines = [...new Set(names)].toSorted().map((name) => `interface ${name} {}`);
  return `/** WebGPU's own types are wider: @webgpu/types, or TypeScript 6. */\n${lines.join("\n")}\n${DISPOSABLE}`;
}
