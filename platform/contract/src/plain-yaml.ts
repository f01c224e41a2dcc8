import {
  COLLECTION_STYLE,
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  type MappingEvent,
  mapTag,
  parseEvents,
  type ScalarEvent,
  type SequenceEvent,
} from "js-yaml";

/**
 * The value of a YAML text, read many times faster than with places; undefined when the text is anything but one plain
 * map. Then the parser that knows places must say what is in it, and what is wrong with it.
 */
export function readPlainYaml(text: string): { readonly value: unknown } | undefined {
  if (unusual.test(text)) return undefined;
  try {
    const events = parseEvents(text, { maxDepth: 50 });
    return isPlain(events, text) ? { value: constructFromEvents(events, { source: text, schema })[0] } : undefined;
  } catch {
    // whatever this parser does not like, the other one explains
    return undefined;
  }
}

/**
 * Where the two parsers differ: directives, tabs, carriage returns, marks of byte order, markers of documents, block
 * texts that state their indentation, numbers too large to be any.
 */
const unusual = /[\t\r\uFEFF]|^%|^ +---|^ *\.\.\.|[|>][-+]?[1-9]|[0-9.][eE]\+?[0-9]{3}/m;

/** They also differ in the name of a key that is null. */
const schema = CORE_SCHEMA.withTags({
  ...mapTag,
  addPair: (map, key, value) => (typeof key === "string" ? mapTag.addPair(map, key, value) : "no word"),
});

/** A map or list that is open, or the document. */
interface Open {
  readonly isBlockMap: boolean;
  children: number;
}

/** One map without anchors, aliases and tags, whose keys begin their lines. */
function isPlain(events: readonly Event[], text: string): boolean {
  if (events[0]?.type !== EVENT_ID.DOCUMENT || events[1]?.type !== EVENT_ID.MAPPING) return false;
  const open: Open[] = [{ isBlockMap: false, children: 0 }];
  for (const event of events.slice(1)) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const owner = open.at(-1);
    if (owner === undefined || event.type === EVENT_ID.ALIAS || event.type === EVENT_ID.DOCUMENT) return false;
    if (event.anchorStart >= 0 || event.tagStart >= 0) return false;
    if (owner.isBlockMap && owner.children % 2 === 0 && !beginsLine(event, text)) return false;
    owner.children++;
    if (event.type !== EVENT_ID.SCALAR) open.push({ isBlockMap: isBlockMap(event), children: 0 });
  }
  return true;
}

function isBlockMap({ type, style }: MappingEvent | SequenceEvent): boolean {
  return type === EVENT_ID.MAPPING && style === COLLECTION_STYLE.BLOCK;
}

/** Whether nothing but indentation and dashes stands before a key. The fast parser also takes one after a `]` or `}`. */
function beginsLine(key: ScalarEvent | MappingEvent | SequenceEvent, text: string): boolean {
  let at = key.type === EVENT_ID.SCALAR ? key.valueStart - 1 : key.start - 1;
  if (text[at] === '"' || text[at] === "'") at--;
  while (text[at] === " " || text[at] === "-" || text[at] === "?") at--;
  return at < 0 || text[at] === "\n";
}
