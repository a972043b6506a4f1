/** The English catalogue: a record for each room of the page. */
import { draft } from "./draft.ts";
import type { DraftWords } from "./draft.ts";
import { engine } from "./engine.ts";
import type { EngineWords } from "./engine.ts";
import { frame } from "./frame.ts";
import type { FrameWords } from "./frame.ts";
import { models } from "./models.ts";
import type { ModelWords } from "./models.ts";
import { rank } from "./rank.ts";
import type { RankWords } from "./rank.ts";
import { report } from "./report.ts";
import type { ReportWords } from "./report.ts";
import { score } from "./score.ts";
import type { ScoreWords } from "./score.ts";
import { units } from "./units.ts";
import type { UnitWords } from "./units.ts";

/** A catalogue. Each language has every word of it: the compiler asks for each. */
export interface Words {
  readonly units: UnitWords;
  readonly frame: FrameWords;
  readonly engine: EngineWords;
  readonly draft: DraftWords;
  readonly score: ScoreWords;
  readonly rank: RankWords;
  readonly report: ReportWords;
  readonly models: ModelWords;
}

export const english: Words = { units, frame, engine, draft, score, rank, report, models };
