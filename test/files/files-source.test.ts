/**
 * Files of the user: lists with and without folders, directory handles, and files that change under
 * us.
 */
import { describe, expect, test } from "vitest";
import { InputError, WeightsError } from "../../src/errors.ts";
import { filesSource } from "../../src/files/files-source.ts";

/** A file as `<input webkitdirectory>` gives it. */
function file(path: string, bytes: Uint8Array<ArrayBuffer> = Uint8Array.of(1, 2, 3)): File {
  const result = new File([bytes], path.split("/").at(-1) ?? "");
  if (path.includes("/")) Object.defineProperty(result, "webkitRelativePath", { value: path });
  return result;
}

type Tree = { readonly [name: string]: File | Tree | DOMException };

/** As much of a directory's handle as the engine uses, with the errors of the standard. */
function directory(name: string, tree: Tree): FileSystemDirectoryHandle {
  const get = (child: string, wanted: "file" | "directory"): File | Tree => {
    const found = tree[child];
    if (found === undefined) throw new DOMException("no such entry", "NotFoundError");
    if (found instanceof DOMException) throw found;
    if (found instanceof File !== (wanted === "file"))
      throw new DOMException("no", "TypeMismatchError");
    return found;
  };
  const handle = {
    kind: "directory",
    name,
    getDirectoryHandle: async (child: string) => directory(child, get(child, "directory") as Tree),
    getFileHandle: async (child: string) => {
      const found = get(child, "file");
      return { getFile: async () => found };
    },
  };
  return handle as unknown as FileSystemDirectoryHandle;
}

const paths = async (source: ReturnType<typeof filesSource>, names: readonly string[]) =>
  await Promise.all(names.map(async (name) => (await source.open(name)) !== undefined));

describe("a list of files", () => {
  test("filesSource: files without folders → by name", async () => {
    const source = filesSource([file("config.json"), file("model.safetensors")]);
    expect(source.name).toBe("the chosen files");
    expect(
      await paths(source, ["config.json", "model.safetensors", "x", "../config.json"]),
    ).toEqual([true, true, false, false]);
  });

  test("filesSource: a chosen folder → paths inside it", async () => {
    const source = filesSource([
      file("tiny/config.json"),
      file("tiny/sub/a.bin"),
      file("tiny/sub/deep/b.bin"),
    ]);
    expect(source.name).toBe("tiny");
    expect(
      await paths(source, ["config.json", "sub/a.bin", "sub/deep/b.bin", "tiny/config.json"]),
    ).toEqual([true, true, true, false]);
  });

  test("filesSource: a folder around the model's folder → the model's folder", async () => {
    const source = filesSource([
      file("models/tiny/config.json"),
      file("models/tiny/samples/x.png"),
    ]);
    expect(source.name).toBe("models/tiny");
    expect(await paths(source, ["config.json", "samples/x.png"])).toEqual([true, true]);
  });

  test("filesSource: folders whose names begin alike → what they share", async () => {
    const source = filesSource([file("m/ab/x"), file("m/abc/y")]);
    expect(await paths(source, ["ab/x", "abc/y"])).toEqual([true, true]);
  });

  test("filesSource: none, or two of one name → an input error", () => {
    expect(() => filesSource([])).toThrow(
      /files: there are none\. Choose the files of a model's folder\./,
    );
    expect(() => filesSource([file("a"), file("a")])).toThrow(InputError);
    expect(() => filesSource([file("a"), file("a")])).toThrow(
      /two files have the same name, got "a"/,
    );
  });
});

describe("a directory", () => {
  const tree = { "config.json": file("config.json"), sub: { "a.bin": file("a.bin") } };

  test("filesSource: files at any depth → opened; missing ones and folders → none", async () => {
    const source = filesSource(directory("tiny", tree));
    expect(source.name).toBe("tiny");
    const names = [
      "config.json",
      "sub/a.bin",
      "sub",
      "x",
      "sub/x",
      "x/y",
      "config.json/x",
      "../tiny/config.json",
      "",
    ];
    expect(await paths(source, names)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("filesSource: no permission → an error, not a missing file", async () => {
    const source = filesSource(
      directory("tiny", { "config.json": new DOMException("no", "NotAllowedError") }),
    );
    await expect(source.open("config.json")).rejects.toThrow(
      /tiny, config\.json: cannot be read: .*, got NotAllowedError\. Choose the folder again\./,
    );
  });
});

describe("reading", () => {
  const bytes = Uint8Array.from({ length: 9_500_000 }, (_, i) => (i * 7 + (i >> 10)) & 255);

  test("filesSource: 9 MB → the bytes, in pieces of at most 4 MiB", async () => {
    const large = file("a", bytes);
    const pieces: number[] = [];
    const slice = large.slice.bind(large);
    large.slice = (begin, end) => {
      pieces.push((end ?? 0) - (begin ?? 0));
      return slice(begin, end);
    };
    const opened = await filesSource([large]).open("a");
    const into = new Uint8Array(9_499_990);
    await opened?.read(10, into);
    expect(Buffer.compare(into, bytes.subarray(10))).toBe(0);
    expect(pieces).toEqual([4_194_304, 4_194_304, 1_111_382]);
  });

  test("filesSource: past the end → refused", async () => {
    const opened = await filesSource([file("a")]).open("a");
    await expect(opened?.read(2, new Uint8Array(2))).rejects.toThrow(
      /a: ends before byte 4, got a file of 3 bytes/,
    );
  });

  test("filesSource: a file that changed on the disk → a WeightsError", async () => {
    const gone = file("a");
    gone.slice = () =>
      ({
        arrayBuffer: () => Promise.reject(new DOMException("changed", "NotReadableError")),
      }) as unknown as Blob;
    const opened = await filesSource([gone]).open("a");
    const result = opened?.read(0, new Uint8Array(3));
    await expect(result).rejects.toBeInstanceOf(WeightsError);
    await expect(result).rejects.toThrow(/it changed, vanished.*got NotReadableError/);
  });

  test("filesSource: a slice that is too short → a WeightsError", async () => {
    const short = file("a");
    short.slice = () => new Blob([Uint8Array.of(1)]);
    const opened = await filesSource([short]).open("a");
    await expect(opened?.read(0, new Uint8Array(3))).rejects.toBeInstanceOf(WeightsError);
  });

  test("filesSource: an abort → its reason", async () => {
    const source = filesSource([file("a")]);
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(source.open("a", stopped)).rejects.toThrow("stop");
    await expect((await source.open("a"))?.read(0, new Uint8Array(1), stopped)).rejects.toThrow(
      "stop",
    );
  });
});

test.each([undefined, null, "folder", 5, {}])("filesSource: %o → an input error", (from) => {
  expect(() => filesSource(from as never)).toThrow(
    "files: expected a directory's handle, or a list of files",
  );
});

test("filesSource: something else among the files → an input error that says which", () => {
  const files = [new File(["{}"], "config.json"), null];
  expect(() => filesSource(files as never)).toThrow("files[1]: expected a File, got null");
});

test("filesSource: the files of an input → as a list of them", async () => {
  const list = { 0: new File(["{}"], "config.json"), length: 1, [Symbol.toStringTag]: "FileList" };
  const opened = await filesSource(list as unknown as FileList).open("config.json");
  expect(opened?.byteLength).toBe(2);
});
