/**
 * Files that are dropped or pasted anywhere on the page go to the view that is shown if it takes
 * their kind, else to the view that is made for it: labelled tables to Report, others to Rank.
 *
 * Dropping is never the only way: each view has a button that opens the file dialogue (WCAG 2.5.7).
 */
import { givenFiles, kindOf, kindOfFolder } from "../base/files.ts";
import type { FileKind, GivenFiles } from "../base/files.ts";
import { announce } from "../base/page.ts";
import type { Page, View } from "../base/page.ts";
import { words } from "../language/language.ts";
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
  if (given.files.length === 0) {
    return;
  }
  event.preventDefault();
  // The browser empties the list of files after the event: the folder is asked for now.
  const folder = given.folder();
  void route(page, { files: given.files, folder: () => folder });
}

async function route(page: Page, given: GivenFiles): Promise<void> {
  const shown = viewShown(page);
  const kind = await kindOfDrop(given);
  const taker = shown.accepts.some((each) => each === kind) ? shown : takerOf(page, kind);
  if (taker === undefined && !shown.accepts.includes("picture")) {
    page.change(shell, { dropNote: words().frame.dropNothing });
    announce(page, words().frame.dropNothing);
    return;
  }
  // What is of no known kind may still be a picture: its field says what is wrong with it.
  const view = taker ?? shown;
  const note = view === shown ? undefined : words().frame.droppedElsewhere(view.title());
  page.change(shell, { dropNote: note });
  if (view !== shown) {
    location.hash = view.name;
    announce(page, note ?? "");
  }
  view.take(page, given);
}

/** Returns the view that names the kind first among those that it takes. */
function takerOf(page: Page, kind: FileKind | undefined): View | undefined {
  const places = page.views.flatMap((view) => {
    const place = view.accepts.findIndex((each) => each === kind);
    return view.takesOnlyShown === true || place < 0 ? [] : [{ view, place }];
  });
  return places.toSorted((a, b) => a.place - b.place)[0]?.view;
}

async function kindOfDrop({ files, folder }: GivenFiles): Promise<FileKind | undefined> {
  const dropped = await folder();
  return dropped === undefined ? await kindOf(files) : await kindOfFolder(dropped);
}

function carriesFile(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") === true;
}
