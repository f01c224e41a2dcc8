/** Style of the start page. Colours reach a contrast of 4.5:1 in both schemes. */
export const homeStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #101418);
  --card: light-dark(#ffffff, #191f25);
  --text: light-dark(#14202b, #e6ebf0);
  --soft: light-dark(#52606d, #9fb0bf);
  --line: light-dark(#dfe4ea, #2c363f);
  --accent: light-dark(#0f766e, #5eead4);
  --on-accent: light-dark(#ffffff, #06231f);
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; background: var(--page); color: var(--text); }
.wide { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 2.25rem 0 1.75rem; }
h1 { display: flex; align-items: center; gap: .6rem; margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
h1 svg { width: 2.6rem; flex: none; color: var(--accent); }
.lead { max-width: 46rem; margin: .75rem 0 1.25rem; font-size: 1.1rem; color: var(--soft); }
a { color: var(--accent); text-underline-offset: .2em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .25rem; }
.button { display: inline-block; padding: .55rem 1.1rem; border-radius: .5rem; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
.button:hover { filter: brightness(1.1); }
[hidden] { display: none !important; }
button { border: 0; font: inherit; cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.sign-in { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: .75rem 0 0; color: var(--soft); }
.sign-in input { flex: 0 1 22rem; min-width: 0; padding: .5rem .7rem; border: 1px solid var(--soft); border-radius: .5rem; font: inherit; background: var(--page); color: var(--text); }
.wrong { color: light-dark(#9a3412, #fdba74); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--card); }
dl { margin: 0; display: flex; flex-wrap: wrap; gap: .75rem 2rem; }
dt { font-size: .8rem; color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
.summary { margin-top: 1.5rem; }
.summary div { display: flex; flex-direction: column-reverse; }
.summary dd { font-size: 1.5rem; font-weight: 650; line-height: 1.2; }
section { margin-top: 2.5rem; }
h2 { margin: 0; font-size: 1.35rem; letter-spacing: -.01em; }
.quiet { margin: .15rem 0 1rem; color: var(--soft); }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
article { display: flex; flex-direction: column; height: 100%; padding: 1.1rem 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); }
h3 { margin: 0; font-size: 1.08rem; overflow-wrap: anywhere; }
.badges { margin: .4rem 0 0; display: flex; flex-wrap: wrap; gap: .4rem; }
.badge { display: inline-flex; align-items: center; padding: .05rem .6rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem; white-space: nowrap; }
.badge::before { content: ""; width: .5rem; height: .5rem; margin-right: .4rem; border-radius: 50%; background: currentColor; }
.badge.fresh { color: light-dark(#166534, #86efac); }
.badge.stale { color: light-dark(#9a3412, #fdba74); }
.badge.stale::before { border-radius: 0; }
.badge.never-loaded { color: var(--soft); }
.badge.never-loaded::before { background: none; border: 2px solid currentColor; }
.badge.closed { color: light-dark(#6b21a8, #d8b4fe); }
.badge.closed::before { border-radius: 0; height: .15rem; }
.purpose { margin: .7rem 0 1rem; }
article dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); gap: .5rem 1rem; margin-top: auto; padding-top: .75rem; border-top: 1px solid var(--line); }
article dd { font-size: .95rem; }
.action { margin: .75rem 0 0; font-weight: 600; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, monospace; }
footer { margin-top: 3rem; padding-bottom: 2.5rem; color: var(--soft); }
@media (max-width: 40rem) { header { padding: 1.5rem 0 1.25rem; } h1 { font-size: 1.6rem; } section { margin-top: 2rem; } }
@media print { .button, .action, .skip, .sign-in { display: none; } }
`;
