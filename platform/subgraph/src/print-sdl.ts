import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  parseConstValue,
  print,
  printSchema,
  visit,
} from "graphql";

/** Prints a schema with the stitching directives that `printSchema` leaves out: they live in the extensions. */
export function printSdl(schema: GraphQLSchema): string {
  const document = parse(printSchema(schema), { noLocation: true });
  const addToType = (node: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode => {
    const type = schema.getType(node.name.value);
    if (!isObjectType(type)) return node;
    const fields = (node.fields ?? []).map((field): FieldDefinitionNode => {
      const { extensions } = type.getFields()[field.name.value] ?? { extensions: {} };
      return { ...field, directives: [...(field.directives ?? []), ...directiveNodes(extensions)] };
    });
    return { ...node, fields, directives: [...(node.directives ?? []), ...directiveNodes(type.extensions)] };
  };
  return `${print(visit(document, { ObjectTypeDefinition: addToType }))}\n`;
}

interface DirectiveExtensions {
  readonly directives?: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

function directiveNodes(extensions: DirectiveExtensions): ConstDirectiveNode[] {
  return Object.entries(extensions.directives ?? {}).flatMap(([name, uses]) =>
    [uses].flat().map((args) => directiveNode(name, args)),
  );
}

function directiveNode(name: string, args: Readonly<Record<string, string>>): ConstDirectiveNode {
  const argumentNode = ([argument, value]: [string, string]): ConstArgumentNode => ({
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: argument },
    value: parseConstValue(JSON.stringify(value)),
  });
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name },
    arguments: Object.entries(args).map(argumentNode),
  };
}
