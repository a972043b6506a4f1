/**
 * A response's tokens, coloured by how the value moved. Blue with a line above: it rose. Orange
 * with a line below: it fell. Larger moves have stronger colours. Mouse or arrow keys choose a
 * token; its numbers are then written out.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { signed } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { changeWhy } from "./state.ts";
import type { Why } from "./state.ts";
import { languageOfSteps, moves, visibleText } from "../engine/token-steps.ts";
import type { Move } from "../engine/token-steps.ts";
import { words } from "../language/language.ts";

/** Shades from faint to full; 0 has no colour. */
const SHADES = 5;

export function tokenStrip(page: Page, why: Why, name: string): TemplateResult {
  const all = moves(why.steps);
  const largest = Math.max(...all.map(({ move }) => Math.abs(move)));
  const at = why.inspected;
  const chosen = at === undefined ? undefined : all[at];
  const choose = (inspected: number | undefined): void => changeWhy(page, why.key, { inspected });
  return html`
    <div
      class="tokens"
      role="group"
      dir="auto"
      lang=${languageOfSteps(why.steps) ?? nothing}
      aria-label=${words().score.tokens(name)}
      @keydown=${(event: KeyboardEvent) => moveByKey(event)}
      @pointerleave=${() => choose(undefined)}
    >
      ${all.map((each, step) => token(each, () => choose(step), largest, step === (at ?? 0)))}
    </div>
    <p class="readout numbers" data-chosen=${chosen ? "" : nothing}>
      ${chosen === undefined ? nothing : readout(chosen, languageOfSteps(why.steps))}
    </p>
  `;
}

function token(
  each: Move,
  choose: () => void,
  largest: number,
  isReachable: boolean,
): TemplateResult {
  const strength = largest > 0 ? Math.round((Math.abs(each.move) / largest) * SHADES) : 0;
  return html`<button
    type="button"
    class="token"
    dir=${each.part === "response" ? nothing : "ltr"}
    data-part=${each.part}
    ?data-word=${each.text.startsWith(" ")}
    data-direction=${each.move < 0 ? "down" : "up"}
    data-strength=${strength}
    tabindex=${isReachable ? 0 : -1}
    aria-label=${spoken(each)}
    @focus=${choose}
    @pointerenter=${choose}
    @click=${choose}
    .textContent=${each.part === "start" ? words().score.start : visibleText(each)}
  ></button>`;
}

function readout(step: Move, language: string | undefined): TemplateResult {
  if (step.part === "start") {
    return html`${words().score.startValue(signed(step.value))}`;
  }
  const { movedBy, movedTo } = words().score;
  return html`${quotation(step, language)} ${movedBy} <b>${signed(step.move)}</b> ${movedTo}
    <b>${signed(step.value)}</b>`;
}

function spoken(step: Move): string {
  return step.part === "start"
    ? words().score.startValue(signed(step.value))
    : words().score.tokenSaid(quote(step), signed(step.value), signed(step.move));
}

/**
 * Shows a token in a sentence. If it has another direction, it must not turn the numbers beside it.
 */
function quotation(step: Move, language: string | undefined): TemplateResult {
  return html`<bdi lang=${language ?? nothing}>${quote(step)}</bdi>`;
}

function quote(step: Move): string {
  return step.part === "end" ? visibleText(step) : `“${visibleText(step)}”`;
}

/**
 * Moves between tokens: one stop for the Tab key; inside it arrow keys in visual order, Home and
 * End.
 */
function moveByKey(event: KeyboardEvent): void {
  const strip = event.currentTarget as HTMLElement;
  const tokens = [...strip.querySelectorAll<HTMLElement>("button")];
  const at = tokens.indexOf(event.target as HTMLElement);
  const step = getComputedStyle(strip).direction === "rtl" ? -1 : 1;
  const goals: Readonly<Record<string, number>> = {
    ArrowRight: at + step,
    ArrowLeft: at - step,
    Home: 0,
    End: tokens.length - 1,
  };
  const goal = goals[event.key];
  const next = goal === undefined ? undefined : tokens[goal];
  if (next !== undefined) {
    event.preventDefault();
    next.focus();
  }
}
