/**
 * The page's views, in the order of their links; the page opens with the first one.
 *
 * To add a view, add a folder with its record (`View` in `base/page.ts`) and a line here.
 */
import type { View } from "./base/page.ts";
import { labelView } from "./label/view.ts";
import { modelView } from "./models/view.ts";
import { rankView } from "./rank/view.ts";
import { reportView } from "./report/view.ts";
import { scoreView } from "./score/view.ts";

export const VIEWS: readonly View[] = [scoreView, rankView, labelView, reportView, modelView];
