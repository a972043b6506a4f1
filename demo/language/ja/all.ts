/** 日本語の一覧。The Japanese catalogue. */
import type { Words } from "../en/all.ts";
import { draft } from "./draft.ts";
import { engine } from "./engine.ts";
import { frame } from "./frame.ts";
import { models } from "./models.ts";
import { rank } from "./rank.ts";
import { report } from "./report.ts";
import { score } from "./score.ts";
import { units } from "./units.ts";

export const japanese: Words = { units, frame, engine, draft, score, rank, report, models };
