/** The picture: shown, replaced by drop, paste or the file dialogue, or taken away. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { engine } from "../engine/state.ts";
import { blamePicture, setPicture, setPictureFile } from "./edit.ts";
import { whyBroken } from "./picture-check.ts";
import { drafting } from "./state.ts";
import type { Picture } from "./state.ts";

export function pictureField(page: Page): TemplateResult {
  const { state } = page.get(engine);
  const { draft, pictureFault } = page.get(drafting);
  const { picture } = draft;
  const isWrong = pictureFault !== undefined;
  if (state.kind === "ready" && !state.model.hasVision) {
    return textOnly(state.model.architecture, picture);
  }
  return html`
    <div class="picture-field">
      <div class="picture" data-empty=${picture === undefined ? "" : nothing}>
        ${
          isWrong
            ? html`<p id="picture-fault" role="alert">${pictureFault}</p>`
            : picture === undefined
              ? html`<p>No picture: the prompt and the responses are judged by themselves.</p>`
              : preview(page, picture)
        }
      </div>
      <div class="picture-actions">
        <label class="button" for="picture-file">Choose a picture</label>
        <input
          id="picture-file"
          class="visually-hidden"
          type="file"
          accept="image/*"
          aria-invalid=${isWrong ? "true" : nothing}
          aria-describedby=${isWrong ? "picture-fault" : nothing}
          @change=${(event: Event) => takeFile(page, event)}
        />
        ${
          picture === undefined
            ? nothing
            : html`<button
                type="button"
                class="quiet"
                id="remove-picture"
                @click=${() => setPicture(page, undefined)}
              >
                Remove
              </button>`
        }
        <p class="hint">
          ${picture === undefined ? nothing : html`<b>${picture.name}</b>. `}Or drop one anywhere on
          the page, or paste it. PNG, JPEG, WebP, AVIF, GIF or BMP.
        </p>
      </div>
    </div>
  `;
}

/** Says why a text model is not asked about a picture. */
function textOnly(architecture: string, picture: Picture | undefined): TemplateResult {
  return html`
    <p class="note" id="text-only">
      <b>This model reads text only:</b> ${architecture} has no vision transformer, so there is no
      place for a picture here.
      ${picture === undefined ? nothing : html`The picture <b>${picture.name}</b> is left out.`}
    </p>
  `;
}

function preview(page: Page, picture: Picture): TemplateResult {
  const { url, name } = picture;
  return html`
    <img
      src=${url}
      alt="The picture that is judged: ${name}"
      @error=${async () => blamePicture(page, picture, await whyBroken(picture))}
    />
  `;
}

function takeFile(page: Page, event: Event): void {
  const input = event.currentTarget as HTMLInputElement;
  const [file] = input.files ?? [];
  if (file !== undefined) {
    setPictureFile(page, file);
  }
  // So that choosing the same file again is a change again.
  input.value = "";
}
