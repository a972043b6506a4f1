/** The picture: shown, replaced by drop, paste, camera or the file dialogue, or taken away. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { count } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { engine } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { blamePicture, removeFirstPicture, setPictureFile, undoClearing } from "./edit.ts";
import { whyBroken } from "./picture-check.ts";
import { countSoon } from "./token-count.ts";
import { drafting } from "./state.ts";
import type { Picture } from "./state.ts";

/** @param more what else can be done about a picture, such as choosing an example */
export function pictureField(
  page: Page,
  more: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const { state } = page.get(engine);
  const { draft, pictureFault, cleared } = page.get(drafting);
  const { picture } = draft;
  const say = words().draft;
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
              ? html`<p>${say.noPicture}</p>`
              : preview(page, picture)
        }
      </div>
      <p class="hint picture-name" id="picture-name">${pictureWords(page, picture)}</p>
      <div class="picture-actions">
        ${chooser(page, isWrong, picture === undefined)} ${camera(page)}
        ${
          picture === undefined
            ? nothing
            : html`<button
                type="button"
                class="quiet"
                id="remove-picture"
                @click=${() => removeFirstPicture(page)}
              >
                ${say.remove}
              </button>`
        }
        ${more}
      </div>
      ${
        cleared === undefined
          ? nothing
          : html`<p class="note" id="cleared">
              ${say.cleared}
              <button type="button" class="link" @click=${() => undoClearing(page)}>
                ${say.undo}
              </button>
            </p>`
      }
    </div>
  `;
}

function pictureWords(page: Page, picture: Picture | undefined): string {
  const { pictureSize, sampleId } = page.get(drafting);
  const say = words().draft;
  if (picture === undefined) {
    return say.pictureHelp;
  }
  const size = pictureSize && `${count(pictureSize.width)} × ${count(pictureSize.height)}`;
  const kind = sampleId === undefined ? undefined : say.example;
  return [kind, picture.name, size].filter((part) => part !== undefined).join(" · ");
}

function chooser(page: Page, isWrong: boolean, isEmpty: boolean): TemplateResult {
  const say = words().draft;
  return html`
    <label class="button" for="picture-file">${isEmpty ? say.choose : say.replace}</label>
    <input
      id="picture-file"
      class="visually-hidden"
      type="file"
      accept="image/*"
      aria-label=${say.choose}
      aria-invalid=${isWrong ? "true" : nothing}
      aria-describedby=${isWrong ? "picture-fault" : "picture-name"}
      @change=${(event: Event) => takeFile(page, event)}
    />
  `;
}

/** A phone's camera; style.css hides it from machines with a mouse. */
function camera(page: Page): TemplateResult {
  return html`
    <label class="button camera" for="picture-camera">${words().draft.camera}</label>
    <input
      id="picture-camera"
      class="visually-hidden camera"
      type="file"
      accept="image/*"
      capture="environment"
      @change=${(event: Event) => takeFile(page, event)}
    />
  `;
}

/** Says why a text model is not asked about a picture. */
function textOnly(architecture: string, picture: Picture | undefined): TemplateResult {
  const say = words().draft;
  return html`
    <p class="note" id="text-only">
      <b>${say.textOnlyTitle}</b> ${say.textOnly(architecture)}
      ${picture === undefined ? nothing : say.leftOut(picture.name)}
    </p>
  `;
}

function preview(page: Page, picture: Picture): TemplateResult {
  const { url, name } = picture;
  const measured = (event: Event): void => {
    const { naturalWidth: width, naturalHeight: height } = event.currentTarget as HTMLImageElement;
    page.change(drafting, { pictureSize: { width, height } });
    countSoon(page);
  };
  return html`
    <img
      src=${url}
      alt=${words().draft.pictureAlt(name)}
      @load=${measured}
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
