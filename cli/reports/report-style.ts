// Tested by: test/cli/commands/eval.test.ts
/**
 * The look of a report: system fonts, two colours that colour-blind readers can distinguish, light
 * and dark.
 */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f8f7f3, #14171b);
  --card: light-dark(#ffffff, #1c2025);
  --ink: light-dark(#1b1e22, #e9e7e2);
  --soft: light-dark(#5a6069, #a6aeb8);
  --line: light-dark(#dedbd2, #333941);
  --accent: light-dark(#0072b2, #56b4e9);
  --down: light-dark(#c45508, #f0a04b);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem); max-width: 64rem;
  background: var(--paper); color: var(--ink);
  font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1, h2 {
  font-family: "Iowan Old Style", Palatino, Georgia, serif; font-weight: 600; line-height: 1.2;
  text-wrap: balance;
}
h1 { font-size: 2rem; margin: 0; }
h2 { font-size: 1.25rem; margin: 0 0 0.75rem; }
p { margin: 0.4rem 0; }
.soft, figcaption, .legend { color: var(--soft); font-size: 0.875rem; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1.25rem 1.5rem; margin-top: 1.25rem;
}
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; overflow-x: auto; }
svg { max-width: 100%; height: auto; --plot-background: var(--card); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.875rem; width: 100%; }
th, td { padding: 0.3rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child, .left { text-align: left; }
tr.own td { font-weight: 650; }
.big { display: flex; flex-wrap: wrap; gap: 0.5rem 2.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.big strong { display: block; font-size: 1.75rem; line-height: 1.15; color: var(--accent); }
details { border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
summary { cursor: pointer; display: flex; gap: 1rem; align-items: baseline; }
summary .text { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
summary .number { font-variant-numeric: tabular-nums; color: var(--down); }
details .answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem; }
blockquote {
  margin: 0.5rem 0; padding: 0.5rem 0.75rem; border-left: 3px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow-y: auto;
}
blockquote.up { border-color: var(--accent); }
blockquote.down { border-color: var(--down); }
.key { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin: 0 0.3em 0 0.9em; }
@media print { body { max-width: none; } section { break-inside: avoid; } }
`;
