/** What a screen reader reads, in its order: from the accessibility tree of the browser. */
import type { Page } from "puppeteer";

interface AxValue {
  readonly value?: unknown;
}

interface AxNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: AxValue;
  readonly name?: AxValue;
  readonly childIds?: readonly string[];
}

function textOf(value: AxValue | undefined): string {
  return typeof value?.value === "string" ? value.value : "";
}

/** Returns a line for each part that is read: its role and its name. */
export async function readingOrder(page: Page): Promise<string[]> {
  const session = await page.createCDPSession();
  const { nodes } = (await session.send("Accessibility.getFullAXTree")) as {
    readonly nodes: readonly AxNode[];
  };
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const lines: string[] = [];
  const read = (node: AxNode | undefined): void => {
    if (node === undefined) return;
    const role = textOf(node.role);
    const name = textOf(node.name).replaceAll(/\s+/g, " ").trim();
    // A text inside a named control is read with it.
    if (!node.ignored && name !== "" && role !== "InlineTextBox") lines.push(`${role} ${name}`);
    for (const id of node.childIds ?? []) read(byId.get(id));
  };
  read(nodes[0]);
  return lines;
}

/** Returns the first of `wanted` that is not read after those before it; undefined if all are. */
export function outOfOrder(
  lines: readonly string[],
  wanted: readonly RegExp[],
): string | undefined {
  let from = 0;
  for (const one of wanted) {
    const at = lines.findIndex((line, i) => i >= from && one.test(line));
    if (at < 0) return `${String(one)} after line ${from} of:\n${lines.join("\n")}`;
    from = at + 1;
  }
  return undefined;
}
