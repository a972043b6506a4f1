/**
 * The door `vl-reward/element`: defines `<vl-score>`. On a server it defines nothing, and
 * `customElements.whenDefined("vl-score")` resolves once it is there.
 */
export type { ElementScorer, ScoreState, VlScoreElement } from "./types.ts";

if (typeof HTMLElement === "function" && !customElements.get("vl-score")) {
  void import("./vl-score.ts").then(({ VlScore }) => {
    if (!customElements.get("vl-score")) customElements.define("vl-score", VlScore);
  });
}
