// Tested by: test/element/element.browser.test.ts
/**
 * `<vl-score>`: responses to a prompt, scored and ordered by a model on this machine.
 *
 *   <vl-score model="/models/judge/" src="chart.png" prompt="Is purple the highest value?">
 *     <li>Yes.</li> <li>No.</li>
 *   </vl-score>
 *
 * Nothing is loaded, not even the engine's script, before a person presses the button, or the host
 * calls `load()`, gives a `scorer` or sets `loading="eager"`.
 */
import { css, html, LitElement, nothing } from "lit";
import type { CSSResult, PropertyDeclarations, PropertyValues, TemplateResult } from "lit";
import type { Ranking } from "../reward-model.ts";
import type { ImageInput, MessageInput, Progress, WeightForm } from "../types.ts";
import type { WorkerRewardModel } from "../worker/worker-reward-model.ts";
import { checkAttribute, copied, isSame, readMessages, readResponses } from "./inputs.ts";
import type { ElementScorer, ScoreState, VlScoreElement } from "./types.ts";

/** A model that elements of a page share, by what it was loaded with. */
interface SharedModel {
  readonly model: Promise<WorkerRewardModel>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  users: number;
}

const shared = new Map<string, SharedModel>();

/**
 * @slot - the responses, one an element
 * @slot consent - takes the place of the button that loads the model
 * @fires progress - loading goes on; `detail` is a `Progress`
 * @fires score - the responses have scores; `detail.values` in their order
 * @fires rank - the responses have places; `detail` is a `Ranking`
 * @fires error - `detail` is the error
 * @csspart button - loads the model
 * @csspart progress - how far loading is
 * @csspart list - the responses, best first
 * @csspart item - one response
 * @csspart label - its text
 * @csspart bar - its place between the worst and the best
 * @csspart value - its score
 * @csspart message - what went wrong
 * @cssprop --vl-score-accent - colour of bars and button
 * @cssprop --vl-score-track - colour behind bars
 * @cssprop --vl-score-gap - between responses
 */
export class VlScore extends LitElement implements VlScoreElement {
  static readonly formAssociated = true;

  static override readonly properties: PropertyDeclarations = {
    model: { type: String, reflect: true },
    weights: { type: String, reflect: true },
    src: { type: String, reflect: true },
    prompt: { type: String, reflect: true },
    store: { type: String, reflect: true },
    sealed: { type: Boolean, reflect: true },
    loading: { type: String, reflect: true },
    name: { type: String, reflect: true },
    required: { type: Boolean, reflect: true },
    picture: { attribute: false },
    messages: { attribute: "messages" },
    responses: { attribute: "responses" },
    scorer: { attribute: false },
    workerUrl: { type: String, attribute: "worker-url" },
    state: { state: true },
    overall: { state: true },
    ranking: { state: true },
    fault: { state: true },
  };

  static override readonly styles: CSSResult = css`
    :host {
      display: block;
    }
    :host([hidden]) {
      display: none;
    }
    ol {
      margin: 0;
      padding: 0;
      list-style: none;
      display: grid;
      gap: var(--vl-score-gap, 0.5em);
    }
    li {
      display: grid;
      grid-template-columns: 1fr auto;
      column-gap: 1em;
    }
    [part="bar"] {
      grid-column: 1 / -1;
      height: 0.3em;
      background: var(--vl-score-track, color-mix(in srgb, currentcolor 15%, transparent));
    }
    [part="bar"] > i {
      display: block;
      height: 100%;
      background: var(--vl-score-accent, #2563eb);
    }
    [part="value"] {
      font-variant-numeric: tabular-nums;
    }
    progress,
    button {
      accent-color: var(--vl-score-accent, #2563eb);
    }
  `;

  declare model: string | undefined;
  declare weights: WeightForm | undefined;
  declare src: string | undefined;
  declare prompt: string | undefined;
  declare store: string | undefined;
  declare sealed: boolean;
  declare loading: "lazy" | "eager";
  declare name: string | undefined;
  declare required: boolean;
  declare picture: ImageInput | undefined;
  declare messages: readonly MessageInput[] | string | undefined;
  declare responses: readonly string[] | string | undefined;
  declare scorer: ElementScorer | undefined;
  declare workerUrl: string | undefined;
  declare state: ScoreState;
  declare overall: number;
  declare ranking: Ranking | undefined;
  declare fault: Error | undefined;

  readonly #internals: ElementInternals = this.attachInternals();
  readonly #children = new MutationObserver(() => this.#changed());
  #held: SharedModel | undefined;
  #heldKey: string | undefined;
  #scoring: AbortController | undefined;
  /** The responses that have the places of `ranking`. */
  #ranked: readonly string[] = [];
  /** What the last scores were asked for, as it was then. */
  #asked: unknown;
  #isWanted = false;

  constructor() {
    super();
    this.sealed = this.required = false;
    this.loading = "lazy";
    this.state = "idle";
    this.overall = 0;
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  get values(): readonly number[] {
    return this.ranking?.scores.map(({ value }) => value) ?? [];
  }
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#children.observe(this, { childList: true, subtree: true, characterData: true });
    // One that was taken out and is put back.
    if (this.hasUpdated) this.#changed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#children.disconnect();
    // Frameworks move elements: what is only moved goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#scoring?.abort();
      if (this.ranking === undefined) this.#asked = undefined;
      this.#release();
    });
  }

  formResetCallback(): void {
    this.#scoring?.abort();
    this.ranking = this.#asked = undefined;
    this.#enter("idle");
  }

  async load(): Promise<Ranking | undefined> {
    // What was set just now is scored once.
    await this.updateComplete;
    this.#isWanted = true;
    return await this.#score();
  }

  protected override willUpdate(changed: PropertyValues<VlScore>): void {
    const isOther = ["model", "weights", "store", "sealed"].some((name) =>
      changed.has(name as keyof VlScore),
    );
    if (isOther) this.#release();
    if (this.scorer !== undefined || this.loading === "eager") this.#isWanted = true;
  }

  protected override updated(changed: PropertyValues<VlScore>): void {
    const inputs = ["loading", ...Object.keys(this.#inputs())];
    if (inputs.some((name) => changed.has(name as keyof VlScore))) this.#changed();
    if (["required", "ranking", "name"].some((name) => changed.has(name as keyof VlScore))) {
      this.#setForm();
    }
  }

  /** Scores, unless all is as it was last time: frameworks set equal lists again and again. */
  #changed(): void {
    if (this.#asked !== undefined && isSame(this.#inputs(), this.#asked)) return;
    if (this.ranking !== undefined) this.ranking = undefined;
    if (this.#isWanted) void this.#score();
    else this.requestUpdate();
  }

  async #score(): Promise<Ranking | undefined> {
    this.#scoring?.abort();
    const scoring = new AbortController();
    const { signal } = scoring;
    this.#scoring = scoring;
    this.#asked = copied(this.#inputs());
    try {
      this.fault = undefined;
      this.#checkAttributes();
      const responses = this.#texts();
      if (responses.length === 0 || !(this.scorer ?? this.model)) {
        this.#enter("idle");
        return undefined;
      }
      const scorer = this.scorer ?? (await this.#loaded(signal));
      signal.throwIfAborted();
      this.#enter("scoring");
      const ranking = await scorer.rank({ messages: this.#prompt(), responses }, { signal });
      signal.throwIfAborted();
      this.#ranked = responses;
      this.ranking = ranking;
      this.#enter("done");
      const options = { bubbles: true, composed: true };
      const values = this.values;
      this.dispatchEvent(new CustomEvent("score", { detail: { values }, ...options }));
      this.dispatchEvent(new CustomEvent("rank", { detail: ranking, ...options }));
      return ranking;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.#enter("failed");
      this.dispatchEvent(new CustomEvent("error", { detail: this.fault }));
      return undefined;
    }
  }

  /** Returns the element's model; elements with equal attributes share one. */
  async #loaded(signal: AbortSignal): Promise<ElementScorer> {
    this.#enter("loading");
    const { model = "", weights, store, sealed, workerUrl } = this;
    const key = JSON.stringify([model, weights, store, sealed, workerUrl]);
    if (this.#heldKey !== key) this.#release();
    if (!this.#held) {
      let one = shared.get(key);
      if (!one) {
        const abort = new AbortController();
        const listeners: SharedModel["listeners"] = new Set();
        const loading = import("../worker/worker-reward-model.ts").then(
          async ({ WorkerRewardModel }) =>
            await WorkerRewardModel.fromPretrained(model, {
              weights,
              sealed,
              store: store === "" ? true : store,
              worker: workerUrl,
              signal: abort.signal,
              onProgress: (progress) => listeners.forEach((listen) => listen(progress)),
            }),
        );
        one = { model: loading, abort, listeners, users: 0 };
        shared.set(key, one);
        // The next try loads again.
        loading.catch(() => shared.get(key) === one && shared.delete(key));
      }
      one.users += 1;
      one.listeners.add(this.#onProgress);
      this.#held = one;
      this.#heldKey = key;
    }
    try {
      return await this.#held.model;
    } catch (error) {
      if (!signal.aborted) this.#release();
      throw error;
    }
  }

  readonly #onProgress = (progress: Progress): void => {
    this.overall = progress.overall;
    this.dispatchEvent(new CustomEvent("progress", { detail: progress }));
  };

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    held.listeners.delete(this.#onProgress);
    held.users -= 1;
    if (held.users > 0) return;
    if (shared.get(this.#heldKey ?? "") === held) shared.delete(this.#heldKey ?? "");
    held.abort.abort();
    void held.model.then(
      async (model) => await model.dispose(),
      () => {},
    );
  }

  /** All that a score depends on. */
  #inputs(): object {
    const { model, weights, store, sealed, workerUrl, scorer } = this;
    const { src, prompt, picture, messages } = this;
    // By the names of the properties: `updated` looks for them.
    const responses = this.responses ?? this.#own();
    const given = { scorer, src, prompt, picture, messages, responses };
    return { model, weights, store, sealed, workerUrl, ...given };
  }

  /** @throws InputError if an object arrived as a text */
  #checkAttributes(): void {
    for (const name of ["picture", "scorer"] as const) {
      if (!this[name]) checkAttribute(name, this.getAttribute(name));
    }
  }

  /** The children's texts. */
  #own(): readonly string[] {
    const own = [...this.children].filter((child) => child.slot === "");
    return own.map(({ textContent }) => textContent?.trim() ?? "");
  }

  /** @throws InputError */
  #texts(): readonly string[] {
    return this.responses ? readResponses(this.responses) : this.#own();
  }

  /** @throws InputError */
  #prompt(): readonly MessageInput[] {
    if (this.messages) return readMessages(this.messages);
    const image = this.picture ?? (this.src && new URL(this.src, document.baseURI));
    const text = { type: "text" as const, text: this.prompt ?? "" };
    return [{ role: "user", content: image ? [{ type: "image", image }, text] : [text] }];
  }

  #enter(state: ScoreState): void {
    this.state = state;
    const { states } = this.#internals as { readonly states?: CustomStateSet };
    states?.clear();
    states?.add(state);
    this.#internals.ariaBusy = String(state === "loading" || state === "scoring");
  }

  /** In a form: the scores in the order of the responses, and the index of the best. */
  #setForm(): void {
    const { name, ranking } = this;
    const data = new FormData();
    if (name !== undefined && ranking) {
      data.append(name, this.values.join(","));
      data.append(`${name}-best`, String(ranking.best.index));
    }
    this.#internals.setFormValue(ranking ? data : null);
    const isMissing = this.required && !ranking;
    this.#internals.setValidity(isMissing ? { valueMissing: true } : {}, "Score the responses");
  }

  protected override render(): TemplateResult {
    const { state, ranking, fault } = this;
    const asks = state === "idle" && !this.#isWanted;
    return html`
      ${asks || state === "failed" ? this.#button() : nothing}
      ${
        state === "loading"
          ? html`<progress part="progress" aria-label="Loading" .value=${this.overall}></progress>`
          : nothing
      }
      ${fault ? html`<p part="message" role="alert">${fault.message}</p>` : nothing}
      ${ranking ? this.#places(ranking) : nothing}
      <slot ?hidden=${ranking !== undefined}></slot>
    `;
  }

  #button(): TemplateResult {
    return html`<slot name="consent" @click=${() => void this.load()}
      ><button part="button" type="button">Load the model and score</button></slot
    >`;
  }

  #places({ order, scores }: Ranking): TemplateResult {
    const values = scores.map(({ value }) => value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return html`<ol part="list">
      ${order.map(({ index, value }) => {
        const width = most > least ? ((value - least) / (most - least)) * 100 : 100;
        return html`<li part="item">
          <span part="label">${this.#ranked[index]}</span
          ><span part="value">${value.toFixed(3)}</span>
          <span part="bar"><i .style=${`width: ${width}%` as never}></i></span>
        </li>`;
      })}
    </ol>`;
  }
}
