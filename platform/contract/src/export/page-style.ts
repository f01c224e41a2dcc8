/** Style of a product's page. Colours reach a contrast of 4.5:1 in both schemes. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #101418);
  --card: light-dark(#ffffff, #191f25);
  --text: light-dark(#14202b, #e6ebf0);
  --soft: light-dark(#52606d, #9fb0bf);
  --line: light-dark(#dfe4ea, #2c363f);
  --accent: light-dark(#0f766e, #5eead4);
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; background: var(--page); color: var(--text); }
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.25rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.35rem; letter-spacing: -.01em; }
.lead { max-width: 46rem; margin: .75rem 0 1.25rem; font-size: 1.1rem; color: var(--soft); }
main p { max-width: 46rem; }
dl { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 0; }
dt { font-size: .8rem; color: var(--soft); }
dd { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.5rem 0 0; padding: .75rem 0 0; border-top: 1px solid var(--line); list-style: none; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .25rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--card); }
section { margin-top: 2.5rem; scroll-margin-top: 1rem; }
main { padding-bottom: 3rem; }
.scroll, pre { margin: 0 0 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { min-width: 6.5rem; padding: .6rem .9rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-size: .8rem; font-weight: 600; color: var(--soft); white-space: nowrap; }
tbody th, tbody th code { font-weight: 600; }
.line { display: block; }
td .line + .line { color: var(--soft); font-size: .92em; }
pre { padding: .9rem 1.1rem; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, monospace; }
@media (max-width: 40rem) {
  header { padding-top: 1.5rem; }
  h1 { font-size: 1.7rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; min-width: 0; }
  tbody tr { padding: .7rem .9rem; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, td { padding: 0; border: 0; overflow-wrap: anywhere; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0 .75rem; margin-top: .35rem; }
  td::before { content: attr(data-label); font-size: .8rem; line-height: 1.9; color: var(--soft); }
  td:empty { display: none; }
}
@media print { nav, .skip { display: none; } .scroll, pre { overflow: visible; } }
`;
