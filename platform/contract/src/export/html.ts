import { escapeHtml } from "./escape-html.ts";
import { pageStyle } from "./page-style.ts";
import type { Block, Inline, ProductPage, Section } from "./product-page.ts";

/** A page in one file: no script, nothing fetched. Whatever a contract says stays text. */
export function productHtml({ title, facts, lead, sections }: ProductPage): string {
  const links = sections.map((one) => `<li><a href="#${anchor(one)}">${escapeHtml(one.title)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead)}</p>
<dl>
${facts.map(([term, value]) => `<div><dt>${escapeHtml(term)}</dt><dd>${inline(value)}</dd></div>`).join("\n")}
</dl>
<nav aria-label="On this page"><ul>
${links.join("\n")}
</ul></nav>
</header>
<main id="content">
${sections.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function section(one: Section): string {
  const id = anchor(one);
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeHtml(one.title)}</h2>
${one.blocks.map(block).join("\n")}
</section>`;
}

function block(one: Block): string {
  switch (one.kind) {
    case "text":
      return `<p>${escapeHtml(one.text)}</p>`;
    case "code":
      return `<pre tabindex="0" role="region" aria-label="Example in ${one.language === "sql" ? "SQL" : "GraphQL"}"><code>${escapeHtml(one.text)}</code></pre>`;
    case "table":
      return table(one);
    default:
      return one satisfies never;
  }
}

/** The first cell of a row names it. A table that is too wide scrolls by itself, also by keyboard. */
function table({ label, head, rows }: Extract<Block, { kind: "table" }>): string {
  const name = escapeHtml(label);
  const cells = head.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join("");
  const lines = rows.map(([first = "", ...others]) => {
    const rest = others.map((value) => `<td>${inline(value)}</td>`).join("");
    return `<tr><th scope="row">${inline(first)}</th>${rest}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${name}">
<table>
<caption>${name}</caption>
<thead><tr>${cells}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody>
</table>
</div>`;
}

function inline(value: Inline): string {
  if (typeof value === "string") return escapeHtml(value);
  if ("code" in value) return `<code>${escapeHtml(value.code)}</code>`;
  return value.map((one) => `<span class="line">${inline(one)}</span>`).join("");
}

function anchor({ title }: Section): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
