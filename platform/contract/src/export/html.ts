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
<p class="lead">${prose(lead)}</p>
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
      return `<p>${prose(one.text)}</p>`;
    case "code":
      return `<pre tabindex="0" role="region" aria-label="Example in ${one.language === "sql" ? "SQL" : "GraphQL"}"><code>${escapeHtml(one.text)}</code></pre>`;
    case "table":
      return table(one);
    default:
      return one satisfies never;
  }
}

/**
 * The first cell of a row names it. A table that is too wide scrolls by itself, also by keyboard. On a narrow screen every row
 * is a block with labelled cells; the roles keep it a table for those who hear it.
 */
function table({ label, head, rows }: Extract<Block, { kind: "table" }>): string {
  const name = escapeHtml(label);
  const cells = head.map((one) => `<th role="columnheader" scope="col">${escapeHtml(one)}</th>`).join("");
  const lines = rows.map(([first = "", ...others]) => {
    const rest = others.map((value, index) => cell(head[index + 1] ?? "", value)).join("");
    return `<tr role="row"><th role="rowheader" scope="row">${inline(first)}</th>${rest}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${name}">
<table role="table">
<caption>${name}</caption>
<thead role="rowgroup"><tr role="row">${cells}</tr></thead>
<tbody role="rowgroup">
${lines.join("\n")}
</tbody>
</table>
</div>`;
}

function cell(label: string, value: Inline): string {
  const content = inline(value);
  const shown = content === "" ? "" : `<span>${content}</span>`;
  return `<td role="cell" data-label="${escapeHtml(label)}">${shown}</td>`;
}

/** Names in backticks are code, as in Markdown. */
function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`\n]+)`/g, "<code>$1</code>");
}

function inline(value: Inline): string {
  if (typeof value === "string") return prose(value);
  if ("code" in value) return `<code>${escapeHtml(value.code)}</code>`;
  return value.map((one) => `<span class="line">${inline(one)}</span>`).join("");
}

function anchor({ title }: Section): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
