/** The mark in the colour of its surroundings. */
export const meshMark = drawMark("currentColor");

/** The mark for the browser's tab, as an address that needs no further request. */
export const favicon = `data:image/svg+xml,${encodeURIComponent(drawMark("#0f766e"))}`;

/** Three domains around one door. */
function drawMark(colour: string): string {
  const lines = "M16 16 16 6M16 16 25 21M16 16 7 21M16 6 25 21 7 21Z";
  const domains = ["16 6", "25 21", "7 21"].map((place) => {
    const [x, y] = place.split(" ");
    return `<circle cx="${x}" cy="${y}" r="3.5"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 28" aria-hidden="true"><path d="${lines}" fill="none" stroke="${colour}" stroke-width="2"/><g fill="${colour}">${domains.join("")}</g><circle cx="16" cy="16" r="3" fill="#f59e0b"/></svg>`;
}
