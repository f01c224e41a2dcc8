import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { cliError } from "./errors.ts";

/** Placeholder name without its underscores → text. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * Copies a template folder, with placeholders replaced in names and contents. Nothing is written unless every
 * placeholder is known.
 * @returns the files written, relative to `target`
 * @throws MeshError `cli/template-placeholder`
 */
export async function writeTemplate(template: string, target: string, replacements: Replacements): Promise<string[]> {
  const names = (await readdir(template, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = await Promise.all(
    names.map(async (entry) => {
      const file = path.relative(template, path.join(entry.parentPath, entry.name));
      const text = await readFile(path.join(template, file), "utf8");
      return { file: replace(file, file, replacements), text: replace(text, file, replacements) };
    }),
  );
  for (const { file, text } of files) {
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await writeFile(path.join(target, file), text, { flag: "wx" });
  }
  return files.map(({ file }) => file).sort();
}

function replace(text: string, file: string, replacements: Replacements): string {
  return text.replaceAll(/__([a-z]+(?:_[a-z]+)*)__/g, (placeholder, name: string) => {
    const value = replacements[name];
    if (value === undefined) throw cliError["template-placeholder"]({ file, placeholder }, { at: { file } });
    return value;
  });
}
