/** Finds visual faults of a page. These functions run in the page. */

/**
 * Pixels that stick out of the window, and controls that are smaller than 24 by 24 (WCAG 2.5.8).
 */
export function misfits(): { over: number; small: string[] } {
  const controls = [
    ...document.querySelectorAll(
      "nav a, button, textarea, select, input:not([type=file]), summary, label.button, label.choice",
    ),
  ];
  const small = controls.filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    // A radio button's label is a target too.
    const isInLabel = each.parentElement?.matches("label.choice") === true;
    return each.checkVisibility() && !isInLabel && (width < 24 || height < 24);
  });
  return {
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    small: small.map((each) => each.outerHTML.slice(0, 80)),
  };
}

/** Texts whose colour is too near to the ground behind them (WCAG 1.4.3); runs in the page. */
export function faintTexts(): string[] {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const toRgb = (colour: string): number[] => {
    if (canvas === null) throw new Error("no canvas");
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb: number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element: Element | null): number[] => {
    const rgb =
      element === null ? [255, 255, 255, 255] : toRgb(getComputedStyle(element).backgroundColor);
    return rgb[3] === 255 ? rgb : groundOf(element?.parentElement ?? null);
  };
  const holdsText = (element: Element): boolean =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== "");
  const elements = [...document.querySelectorAll("#page *")].filter(
    (each) => holdsText(each) && each.checkVisibility(),
  );
  return elements.flatMap((each) => {
    const [a, b] = [luminance(toRgb(getComputedStyle(each).color)), luminance(groundOf(each))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(2)} ${each.outerHTML.slice(0, 90)}`] : [];
  });
}

/** Names of controls and titles that do not fit into their box; runs in the page. */
export function cutTexts(): string[] {
  const named = document.querySelectorAll<HTMLElement>(
    "nav a, button, .button, label, legend, h1, h2, h3, th, summary, option, .behind, .score",
  );
  return [...named].flatMap((each) => {
    if (!each.checkVisibility() || each.closest(".visually-hidden, .chip") !== null) return [];
    const isCut = each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0;
    const isInline = getComputedStyle(each).display === "inline";
    return isCut && !isInline ? [each.outerHTML.replaceAll(/\s+/g, " ").slice(0, 120)] : [];
  });
}

/** Sentences that end twice, as a word of the page and a message behind it; runs in the page. */
export function doubledStops(): string[] {
  const parts = document.querySelectorAll<HTMLElement>(
    "#page :is(p, li, h2, h3, td, th, dd, span)",
  );
  return [...parts].flatMap((part) => {
    const found = /.{0,40}(?:[^.]\.\.(?!\.)|。。|\.。|。\.|\. \.)/.exec(part.textContent ?? "");
    return found !== null && part.checkVisibility() ? [found[0]] : [];
  });
}

/**
 * Texts of English words alone in a Japanese page that are not marked as English: they were not
 * translated. Runs in the page.
 */
export function foreignTexts(): string[] {
  const walk = document.createTreeWalker(document.querySelector("#page") ?? document.body, 4);
  const found: string[] = [];
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.replaceAll(/\s+/g, " ").trim() ?? "";
    if (element === null || !/[a-z]{2,} [a-z]{2,}/i.test(text)) continue;
    const language = element.closest("[lang]")?.getAttribute("lang") ?? "";
    if (language.startsWith("en") || element.closest("[translate=no], .picture-name") !== null)
      continue;
    if (!element.checkVisibility() || /[\u3040-\u30ff\u4e00-\u9fff]/.test(text)) continue;
    found.push(`${text.slice(0, 80)} (in ${element.localName}.${element.className})`);
  }
  return found;
}

export interface PlotLook {
  readonly width: number;
  /** Shown pixels for each that was drawn. */
  readonly scale: number;
  /** Pixels of the smallest letters, as shown. */
  readonly least: number;
  /** Titles of axes that touch a tick's label. */
  readonly touching: string[];
  /** Texts that stick out of the plot. */
  readonly cut: string[];
}

/** Measures each plot of a report; runs in the page. */
export function plotLooks(): PlotLook[] {
  return [...document.querySelectorAll<SVGSVGElement>(".plot svg")].map((svg) => {
    const box = svg.getBoundingClientRect();
    const scale = box.width / Number(svg.getAttribute("width"));
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent !== "");
    const sizes = texts.map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
    const inside = (kind: string): Element[] => [
      ...svg.querySelectorAll(`[aria-label$="axis ${kind}"] text`),
    ];
    const boxes = inside("tick label").map((text) => text.getBoundingClientRect());
    const touches = (title: Element): boolean => {
      const own = title.getBoundingClientRect();
      return boxes.some(
        (tick) =>
          own.left < tick.right &&
          tick.left < own.right &&
          own.top < tick.bottom &&
          tick.top < own.bottom,
      );
    };
    const isCut = (text: Element): boolean => {
      const own = text.getBoundingClientRect();
      return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1;
    };
    const words = (all: Element[]): string[] => all.map((text) => text.textContent ?? "");
    return {
      width: Math.round(box.width),
      scale,
      least: Math.min(...sizes),
      touching: words(inside("label").filter(touches)),
      cut: words(texts.filter(isCut)),
    };
  });
}
