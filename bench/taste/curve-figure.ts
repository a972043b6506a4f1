// Tested by: test/bench/taste.test.ts
/** The figure of `npm run bench -- taste`: accuracy against labels, with intervals. */

export interface TastePoint {
  readonly labels: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface TasteSeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly TastePoint[];
}

const [WIDTH, HEIGHT] = [720, 360];
const BOX = { left: 56, right: 236, top: 16, bottom: 44 };

/** Draws the series as SVG that is read on light and dark ground. */
export function tasteFigure(series: readonly TasteSeries[]): string {
  const labels = series.flatMap(({ points }) => points.map((point) => point.labels));
  const most = Math.max(...labels);
  const lows = series.flatMap(({ points }) => points.map(({ low }) => low));
  const floor = Math.floor(Math.min(...lows) * 10) / 10;
  const x = (count: number): number => BOX.left + (count / most) * (WIDTH - BOX.left - BOX.right);
  const y = (share: number): number =>
    BOX.top + ((1 - share) / (1 - floor)) * (HEIGHT - BOX.top - BOX.bottom);
  const ticks = Array.from({ length: Math.round((1 - floor) * 10) + 1 }, (_, i) => floor + i / 10);
  const lines = ticks.map(
    (tick) =>
      `<line x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#8886"/>` +
      `<text x="${BOX.left - 8}" y="${y(tick) + 4}" text-anchor="end">${Math.round(tick * 100)} %</text>`,
  );
  const marks = [...new Set(labels)].map(
    (count) =>
      `<text x="${x(count)}" y="${HEIGHT - BOX.bottom + 18}" text-anchor="middle">${count}</text>`,
  );
  const drawn = series.map(({ name, colour, points }, i) => {
    const shift = (i - (series.length - 1) / 2) * 4;
    const at = (count: number): number => x(count) + shift;
    const path = points.map(({ labels: count, mean }) => `${at(count)},${y(mean)}`).join(" ");
    const bars = points.map(
      ({ labels: count, low, high, mean }) =>
        `<line x1="${at(count)}" x2="${at(count)}" y1="${y(low)}" y2="${y(high)}" stroke="${colour}"/>` +
        `<circle cx="${at(count)}" cy="${y(mean)}" r="3.5" fill="${colour}"/>`,
    );
    // The lines meet: names stand below each other, not at their ends.
    const end = HEIGHT / 2 + 22 * i;
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${bars.join("")}` +
      `<circle cx="${WIDTH - BOX.right + 20}" cy="${end - 4}" r="4" fill="${colour}"/>` +
      `<text x="${WIDTH - BOX.right + 30}" y="${end}" fill="${colour}">${name}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#777">`,
    ...lines,
    ...marks,
    `<text x="${(BOX.left + WIDTH - BOX.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">labels</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}
