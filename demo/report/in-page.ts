// Tested by: test/demo/report/words.browser.test.ts
import type { PlotDrawing } from "../../cli/reports/plots.ts";
import { languageName } from "../language/language.ts";
import { plotWords } from "../language/plots.ts";

/** Draws by the page's document and language; again only for another width or language. */
export function inPage<Drawn>(draw: (drawing: PlotDrawing) => Drawn): (width: number) => Drawn {
  let last:
    | { readonly width: number; readonly language: string; readonly drawn: Drawn }
    | undefined;
  return (width) => {
    const language = languageName();
    if (last?.width !== width || last.language !== language) {
      const drawn = draw({ document, words: plotWords(), width });
      last = { width, language, drawn };
    }
    return last.drawn;
  };
}
