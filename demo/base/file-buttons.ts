// Tested by: test/demo/rank/table.browser.test.ts
/** Buttons that choose files or a folder: labels of inputs, which the keyboard reaches. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";

interface FolderButton {
  /** Of the input. */
  readonly id: string;
  readonly label: string;
  /** Gets what a person chose. The same files may be chosen again. */
  readonly take: (files: File[]) => void;
}

interface FilesButton extends FolderButton {
  /** Types of files, as the attribute has them; all by default. */
  readonly accept?: string;
  readonly isPrimary?: boolean;
  /** Of the field, as `describe` says them. */
  readonly invalid: unknown;
  readonly by: unknown;
}

export function filesButton(button: FilesButton): TemplateResult {
  const { id, label, accept, isPrimary = false, invalid, by } = button;
  return html`
    <label class=${isPrimary ? "button primary" : "button"} for=${id}>${label}</label>
    <input
      id=${id}
      class="visually-hidden"
      type="file"
      multiple
      accept=${accept ?? nothing}
      aria-invalid=${invalid}
      aria-describedby=${by}
      @change=${(event: Event) => taken(event, button)}
    />
  `;
}

export function folderButton(button: FolderButton): TemplateResult {
  const { id, label } = button;
  return html`
    <label class="button" for=${id}>${label}</label>
    <input
      id=${id}
      class="visually-hidden"
      type="file"
      webkitdirectory
      @change=${(event: Event) => taken(event, button)}
    />
  `;
}

function taken(event: Event, { take }: FolderButton): void {
  const input = event.currentTarget as HTMLInputElement;
  const files = [...(input.files ?? [])];
  input.value = "";
  if (files.length > 0) take(files);
}
