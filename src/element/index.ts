/**
 * The door `vl-reward/element`: defines `<vl-score>` while it is imported, so a framework that
 * renders afterwards finds the element's properties. On a server it defines nothing.
 */
import { VlScore } from "./vl-score.ts";

export type { ElementScorer, ScoreState, VlScoreElement } from "./types.ts";

if (typeof customElements === "object" && !customElements.get("vl-score")) {
  customElements.define("vl-score", VlScore);
}
