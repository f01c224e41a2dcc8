import { gatewayError } from "../../errors.ts";
import { MessageReader } from "./message-reader.ts";

/** What the first message of a connection may ask for. */
export type StartupPacket =
  | { readonly kind: "tls" }
  | { readonly kind: "gss" }
  | { readonly kind: "cancel"; readonly processId: number; readonly secret: number }
  | {
      readonly kind: "start";
      /** 0 for version 3.0. */
      readonly minor: number;
      /** `user`, `database`, `options`, `application_name`, … */
      readonly parameters: ReadonlyMap<string, string>;
      /** Names of options of the protocol itself, `_pq_.…`: we have none. */
      readonly protocolOptions: readonly string[];
    };

const requestCodes = { cancel: 80877102, tls: 80877103, gss: 80877104 };
const longestParameters = 64;

/** @throws MeshError `gateway/sql-protocol` */
export function parseStartupPacket(body: Buffer): StartupPacket {
  const reader = new MessageReader(body);
  const code = reader.uint32();
  if (code === requestCodes.tls) return { kind: "tls" };
  if (code === requestCodes.gss) return { kind: "gss" };
  if (code === requestCodes.cancel) return { kind: "cancel", processId: reader.uint32(), secret: reader.uint32() };
  const [major, minor] = [code >>> 16, code & 0xffff];
  if (major !== 3) {
    throw gatewayError["sql-protocol"]({
      problem: `version ${major}.${minor} of the protocol is not spoken here, 3.0 is`,
    });
  }
  const parameters = parametersOf(reader);
  const protocolOptions = [...parameters.keys()].filter((name) => name.startsWith("_pq_."));
  for (const name of protocolOptions) parameters.delete(name);
  return { kind: "start", minor, parameters, protocolOptions };
}

function parametersOf(reader: MessageReader): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let name = reader.text(); name !== ""; name = reader.text()) {
    if (parameters.size >= longestParameters)
      throw gatewayError["sql-protocol"]({ problem: "the first message has too many parameters" });
    parameters.set(name, reader.text());
  }
  return parameters;
}

/**
 * The settings in the parameter `options`: `-c mesh.purpose=teaching --statement_timeout=1000`. A backslash takes the
 * meaning from the character behind it, a space above all.
 */
export function parseOptions(options: string): [name: string, value: string][] {
  const words = [...options.matchAll(/(?:\\[\s\S]|[^\s\\])+/g)].map(([word]) => word.replace(/\\([\s\S])/g, "$1"));
  const settings: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const text = word === "-c" ? (words[++index] ?? "") : /^(?:-c|--)([\s\S]+)$/.exec(word)?.[1];
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(text ?? "") ?? [];
    if (name === undefined || value === undefined)
      throw gatewayError["sql-protocol"]({ problem: `the option ${word} is not of the form -c name=value` });
    settings.push([name.replaceAll("-", "_"), value]);
  }
  return settings;
}
