/**
 * Puts a head of the user's in the place of the published one: a small file of safetensors, as
 * `cli adapt` writes it.
 *
 * Its tensors must be the head's, under their published names and with their shapes. All else of
 * the checkpoint stays as it is.
 */
import { InputError, WeightsError } from "../errors.ts";
import { isObject, kindOf } from "../base/json.ts";
import type { Checkpoint, TensorEntry } from "../checkpoint/checkpoint.ts";
import { readSafetensors } from "../checkpoint/safetensors.ts";
import { filesSource } from "../files/files-source.ts";
import { resolveSource } from "../files/resolve-source.ts";
import type { SourceFile } from "../files/source.ts";

/** A file of safetensors: its address, or its bytes. */
export type HeadFile = string | URL | Blob | ArrayBuffer | Uint8Array;

/** The head that judges. */
export interface OwnHead {
  /** The file's name or address; "bytes" if it has none. */
  readonly name: string;
  /** `__metadata__` of the file: where it came from, as `adapt` wrote it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Returns the checkpoint with the tensors of the file in place of its own.
 * @throws InputError if `from` is not a file, WeightsError if it is not there or not a head of this
 *   model
 */
export async function withOwnHead(
  checkpoint: Checkpoint,
  from: HeadFile,
  signal?: AbortSignal,
): Promise<{ readonly checkpoint: Checkpoint; readonly head: OwnHead }> {
  const { file, name } = await openHead(from, signal);
  const header = await readSafetensors(file, signal);
  const tensors = new Map(checkpoint.tensors);
  for (const [tensor, entry] of header.tensors) {
    checkTensor(name, tensor, entry, checkpoint);
    tensors.set(tensor, entry);
  }
  if (header.tensors.size === 0) {
    throw new WeightsError({ where: name, expected: "the tensors of a head", got: "none" });
  }
  const own = { name, metadata: Object.fromEntries(header.metadata) };
  return { checkpoint: { ...checkpoint, tensors }, head: own };
}

/** The names of a head's tensors, in any family. */
const HEAD_TENSORS = /^(language_model\.)?(v_head|score|rm_head|value_head)\./;

function checkTensor(
  where: string,
  name: string,
  { shape }: TensorEntry,
  { tensors, source }: Checkpoint,
): void {
  const published = tensors.get(name);
  if (published === undefined || !HEAD_TENSORS.test(name)) {
    const heads = [...tensors.keys()].filter((other) => HEAD_TENSORS.test(other));
    throw new WeightsError({
      where,
      expected: `tensors of the head of ${source.name}: ${heads.join(", ") || "it has none"}`,
      got: name,
      todo: "Give the file that adapt wrote for this model",
    });
  }
  if (JSON.stringify(published.shape) === JSON.stringify(shape)) return;
  throw new WeightsError({
    where: `${where}, ${name}`,
    expected: `[${published.shape.join(", ")}], as ${source.name} has it`,
    got: `[${shape.join(", ")}]`,
    todo: "Give the file that adapt wrote for this model",
  });
}

async function openHead(
  from: HeadFile,
  signal: AbortSignal | undefined,
): Promise<{ readonly file: SourceFile; readonly name: string }> {
  if (typeof from === "string" || from instanceof URL) {
    const base = globalThis.location === undefined ? undefined : globalThis.location.href;
    const address = String(from);
    if (!URL.canParse(address, base)) {
      throw new InputError({ where: "head", expected: "the address of a file", got: address });
    }
    const url = new URL(address, base);
    const folder = new URL(".", url);
    const path = decodeURIComponent(url.pathname.slice(folder.pathname.length));
    const file = await resolveSource(folder, {}).open(path, signal);
    if (file !== undefined) return { file, name: path };
    throw new WeightsError({
      where: `${folder.origin}${url.pathname}`,
      what: "there is no such file",
      todo: "Give the address of a head's safetensors",
    });
  }
  const isBytes = from instanceof Blob || from instanceof ArrayBuffer || from instanceof Uint8Array;
  if (!isBytes) {
    const expected = "an address, a Blob or bytes of safetensors";
    throw new InputError({
      where: "head",
      expected,
      got: isObject(from) ? "object" : kindOf(from),
    });
  }
  const name = from instanceof File && from.name !== "" ? from.name : "bytes";
  const source = filesSource([new File([from as BlobPart], name)]);
  const file = await source.open(name, signal);
  if (file === undefined) throw new InputError({ where: "head", expected: "a file", got: "none" });
  return { file, name };
}
