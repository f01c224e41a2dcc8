import { type Command, usage } from "./command.ts";

/** What a command is about: a domain, or one of its products. */
export interface Target {
  readonly domain: string;
  readonly product?: string;
}

/** @throws MeshError `cli/usage` */
export function parseTarget(command: Command, text: string): Target {
  const [domain = "", product, ...rest] = text.split("/");
  if (domain === "" || product === "" || rest.length > 0)
    throw usage(command, `${text} is not of the form domain or domain/product`);
  return { domain, ...(product === undefined ? {} : { product }) };
}

/** @throws MeshError `cli/usage` */
export function parseProductTarget(command: Command, text: string): Required<Target> {
  const { domain, product } = parseTarget(command, text);
  if (product === undefined) throw usage(command, `${text} is not of the form domain/product`);
  return { domain, product };
}
