import { type ErrorText, MeshError } from "@thoth/kernel/mesh-error";

/**
 * What readers are told when the engine lacks what a question needs; its own words are about settings and files.
 * @returns undefined for every other failure
 */
export function resourceFailure({ code, at }: MeshError): MeshError | undefined {
  const text = Object.hasOwn(texts, code) ? texts[code] : undefined;
  return text && new MeshError(code, text, { ...(at && { at }) });
}

const hint = "Ask for fewer rows or columns at a time, or filter before you join, group and sort.";

const texts: Readonly<Record<string, ErrorText>> = {
  "warehouse/out-of-memory": { message: "This needs more memory than there is for questions", hint },
  "warehouse/disk-full": { message: "This needs more disk than there is for questions", hint },
};
