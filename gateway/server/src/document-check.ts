import { GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { judgeDocument, readersRules } from "./document-rules.ts";

/** Why a document would be refused, whoever sends it. */
export interface DocumentProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** 1-based, in the text. */
  readonly line: number;
  readonly column: number;
}

export function checkDocument(schema: GraphQLSchema, text: string): DocumentProblem[] {
  return problemsOf(schema, text).map(({ message, extensions, locations }) => {
    const [{ line, column } = { line: 1, column: 1 }] = locations ?? [];
    const {
      code = "GRAPHQL_VALIDATION_FAILED",
      hint = "GraphiQL shows what the schema has, and tries a document out.",
    } = extensions;
    return { code: String(code), message, hint: String(hint), line, column };
  });
}

function problemsOf(schema: GraphQLSchema, text: string): readonly GraphQLError[] {
  try {
    const document = parse(text);
    const judged = judgeDocument(document, readersRules);
    return judged.length > 0 ? judged : validate(schema, document);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
