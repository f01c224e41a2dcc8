import type { DataContract, Server } from "../generated/odcs.ts";
import type { ExportSource, InputContract } from "./export-source.ts";

/**
 * A product as the Open Data Product Standard describes it: what it is made from, and the ports that serve it.
 * @source Bitol ODPS 1.0.0; a port is identified by name and version
 */
export function odpsDescriptor({ contract, model, inputs }: ExportSource) {
  return {
    apiVersion: "v1.0.0",
    kind: "DataProduct",
    id: `urn:thoth-mesh:product:${model.domain}:${model.product}`,
    name: model.title,
    version: model.version,
    status: model.status,
    domain: model.domain,
    ...(contract.tenant !== undefined && { tenant: contract.tenant }),
    description: described({ purpose: model.purpose, limitations: model.limitations, usage: model.usage }),
    ...(model.tags.length > 0 && { tags: model.tags }),
    ...(inputs.length > 0 && { inputPorts: inputs.map(inputPort) }),
    outputPorts: outputPorts({ contract, model, inputs }),
    managementPorts: managementPorts(model.id),
    ...supportOf(contract),
    ...teamOf(contract),
    ...(contract.contractCreatedTs !== undefined && { productCreatedTs: contract.contractCreatedTs }),
  };
}

/** What nobody wrote is left out. */
function described(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}

function inputPort({ product, version, contractId }: InputContract) {
  return { name: product, version, contractId };
}

function outputPorts({ contract, model, inputs }: Pick<ExportSource, "contract" | "model" | "inputs">) {
  const common = {
    version: model.version,
    contractId: contract.id,
    ...(inputs.length > 0 && {
      inputContracts: inputs.map(({ contractId, version }) => ({ id: contractId, version })),
    }),
  };
  const graphql = {
    name: "graphql",
    description: `The field ${model.fieldName} of the mesh's one GraphQL schema.`,
    type: "graphql",
    ...common,
    customProperties: custom({ field: model.fieldName, type: model.typeName }),
  };
  return [graphql, ...(contract.servers ?? []).map((server) => ({ ...serverPort(server), ...common }))];
}

function serverPort({ server, type, description, database, schema, environment }: Server) {
  const known = { environment, database, schema };
  const properties = Object.entries(known).filter(([, value]) => value !== undefined);
  return {
    name: server,
    ...(description !== undefined && { description }),
    type,
    ...(properties.length > 0 && { customProperties: custom(Object.fromEntries(properties)) }),
  };
}

function custom(values: Readonly<Record<string, unknown>>) {
  return Object.entries(values).map(([property, value]) => ({ property, value }));
}

/** Both answer at the gateway, whose address depends on where it runs. */
function managementPorts(id: string) {
  return [
    {
      name: "catalog",
      content: "discoverability",
      type: "rest",
      description: `GraphQL: { dataProduct(id: "${id}") { purpose columns { name description } } }`,
    },
    {
      name: "freshness",
      content: "observability",
      type: "rest",
      description: `GraphQL: { dataProduct(id: "${id}") { freshness { verdict } } }`,
    },
  ];
}

/** ODPS asks for an address, which ODCS leaves open. */
function supportOf({ support = [] }: DataContract) {
  const reachable = support.flatMap(({ id: _id, ...channel }) => (channel.url === undefined ? [] : [channel]));
  return reachable.length > 0 ? { support: reachable } : {};
}

function teamOf({ team }: DataContract) {
  if (team === undefined) return {};
  const { name, description, members, tags } = Array.isArray(team) ? { members: team } : { ...team };
  const people = (members ?? []).flatMap(({ username, name: person, description: about, role, dateIn, dateOut }) =>
    username === undefined ? [] : [{ username, name: person, description: about, role, dateIn, dateOut }],
  );
  return { team: { name, description, tags, ...(people.length > 0 && { members: people }) } };
}
