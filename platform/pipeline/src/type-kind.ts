/** Within a kind the engine's cast keeps the value, rounds it or fails; between kinds it would guess. */
export function sameKind(found: string, promised: string): boolean {
  if (found === promised || found === untypedNull) return true;
  const [foundItems, promisedItems] = [itemsOf(found), itemsOf(promised)];
  if (foundItems !== undefined && promisedItems !== undefined) return sameKind(foundItems, promisedItems);
  return kindOf(found) === kindOf(promised);
}

/** How the engine describes a column that is nothing but NULL. */
const untypedNull = '"NULL"';

/** `VARCHAR[]` → `VARCHAR` */
function itemsOf(type: string): string | undefined {
  return /^(.*)\[\d*\]$/.exec(type)?.[1];
}

function kindOf(type: string): string {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(type)) return "integer";
  if (/^(FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/.test(type)) return "number";
  if (/^(VARCHAR|UUID|ENUM\(.*\))$/.test(type)) return "text";
  if (/^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(type)) return "timestamp";
  return type;
}
