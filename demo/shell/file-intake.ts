/**
 * Files that are dropped or pasted anywhere on the page go to the view that is shown.
 *
 * Dropping is never the only way: each view has a button that opens the file dialogue (WCAG 2.5.7).
 */
import { givenFiles } from "../base/files.ts";
import type { Page } from "../base/page.ts";
import { shell, viewShown } from "./state.ts";

export function takeFilesFrom(target: Document, page: Page): void {
  // `dragleave` also fires on the way into a child; only the outermost one counts.
  let depth = 0;
  target.addEventListener("dragenter", (event) => {
    if (carriesFile(event.dataTransfer)) {
      event.preventDefault();
      depth += 1;
      page.change(shell, { dragging: true });
    }
  });
  target.addEventListener("dragover", (event) => {
    if (carriesFile(event.dataTransfer)) {
      event.preventDefault();
    }
  });
  target.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0 && page.get(shell).dragging) {
      page.change(shell, { dragging: false });
    }
  });
  target.addEventListener("drop", (event) => {
    depth = 0;
    page.change(shell, { dragging: false });
    take(page, event, event.dataTransfer);
  });
  target.addEventListener("paste", (event) => take(page, event, event.clipboardData));
}

function take(page: Page, event: Event, transfer: DataTransfer | null): void {
  const given = givenFiles(transfer);
  // Text that is pasted into a field has no file, and the browser inserts it.
  if (given.files.length === 0 || page.get(shell).support !== "available") {
    return;
  }
  event.preventDefault();
  viewShown(page).take(page, given);
}

function carriesFile(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") === true;
}
