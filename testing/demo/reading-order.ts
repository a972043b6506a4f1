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

/** Returns how many items each list has that is read, in the order of the page. */
export async function listLengths(page: Page): Promise<number[]> {
  const session = await page.createCDPSession();
  const { nodes } = (await session.send("Accessibility.getFullAXTree")) as {
    readonly nodes: readonly AxNode[];
  };
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const itemsOf = (node: AxNode): number =>
    (node.childIds ?? []).reduce((sum, id) => {
      const child = byId.get(id);
      if (child === undefined || textOf(child.role) === "list") return sum;
      // What is ignored leaves its children in its place.
      if (child.ignored) return sum + itemsOf(child);
      return textOf(child.role) === "listitem" ? sum + 1 : sum;
    }, 0);
  const lengths: number[] = [];
  const read = (node: AxNode | undefined): void => {
    if (node === undefined) return;
    if (!node.ignored && textOf(node.role) === "list") lengths.push(itemsOf(node));
    for (const id of node.childIds ?? []) read(byId.get(id));
  };
  read(nodes[0]);
  return lengths;
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
