/**
 * The page begins here.
 *
 * `?model=URL` loads another checkpoint's folder instead of the embedded model beside the page.
 */
import { keepSoon } from "./sessions/keep.ts";
import { makePage } from "./shell/make-page.ts";
import { startPage } from "./shell/start.ts";
import { VIEWS } from "./views.ts";

const root = document.querySelector<HTMLElement>("#page");
if (root !== null) {
  void startPage(makePage(root, VIEWS, keepSoon));
}
