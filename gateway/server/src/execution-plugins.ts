import type { DocumentNode, GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { collapseErrors } from "./collapse-errors.ts";
import { type DocumentRules, judgeDocument, tooDeep } from "./document-rules.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError, withExtensions } from "./graphql-error.ts";
import { nestsDeeper } from "./nesting.ts";
import type { GatewayContext } from "./request-context.ts";

/** Refuses operations that break the rules before anything looks at them closely. */
export function applyRules(rules: DocumentRules): Plugin {
  // Documents that come again are parsed once, so they are judged once.
  const judged = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  return {
    onParams: ({ params }) => refuseDeepVariables(params?.variables),
    onParse({ parseFn, setParseFn }) {
      setParseFn((source: unknown, options: object) =>
        parseShallow(() => parseFn(source, { ...options, maxTokens }), rules),
      );
    },
    onValidate({ params, setResult }) {
      const { documentAST } = params;
      const errors = judged.get(documentAST) ?? judgeDocument(documentAST, rules);
      judged.set(documentAST, errors);
      if (errors.length > 0) setResult(errors);
    },
  };
}

/** Far more than any query that a person or a program writes; a list of values belongs in variables. */
export const maxTokens = 50_000;

/** Conditions may nest far less deep; this is about what would end the stack of whoever reads them. */
const mostLevels = 200;

function refuseDeepVariables(variables: unknown): void {
  if (!nestsDeeper(variables, mostLevels)) return;
  const reason = `The variables nest more than ${mostLevels} levels deep`;
  throw toGraphQLError(gatewayError["bad-variables"]({ reason }), { status: 400 });
}

/** The parser calls itself for every level, so what nests thousands of levels deep ends its stack. */
function parseShallow<Document>(parse: () => Document, rules: DocumentRules): Document {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tooDeep("thousands of", rules);
  }
}

/** Runs inside Yoga's masking, so that copies are counted before they get separate references. */
export function oneErrorPerFailure(): Plugin<GatewayContext> {
  return {
    onExecute() {
      return {
        onExecuteDone({ result, setResult }) {
          if ("errors" in result) setResult(collapseErrors(result));
        },
      };
    },
  };
}

/** An operation that could not even begin: a variable has a value of another type than the query declares. */
export function explainVariables(): Plugin {
  return {
    onExecute() {
      return {
        onExecuteDone({ result, setResult }) {
          if (!("errors" in result) || result.data !== undefined) return;
          setResult({ errors: result.errors?.map(explainVariable) ?? [] });
        },
      };
    },
  };
}

function explainVariable(error: GraphQLError): GraphQLError {
  const { code, hint } = gatewayError["bad-variables"]({ reason: error.message });
  return withExtensions(error, { code, hint, http: { status: 400 } });
}

/** Lets go of the deadline, and of whatever an answer that is complete no longer needs. */
export function releaseRequests(): Plugin<GatewayContext> {
  return {
    onExecute({ args }) {
      return { onExecuteDone: () => args.contextValue.scope[Symbol.dispose]() };
    },
  };
}

/** Says in `extensions.truncated` which lists have more entries than the answer shows. */
export function announceTruncations(): Plugin<GatewayContext> {
  return {
    onExecute({ args: { contextValue } }) {
      return {
        onExecuteDone({ result, setResult }) {
          const truncated = [...contextValue.truncated].toSorted();
          if (truncated.length === 0 || isAsyncIterable(result)) return;
          setResult({ ...result, extensions: { ...result.extensions, truncated } });
        },
      };
    },
  };
}
