import { anonymous, type Principal } from "@thoth/access/decision";
import type { IntrospectionPolicy } from "@thoth/subgraph/port-policy";
import { BREAK, type DocumentNode, type ExecutionResult, type GraphQLError, visit } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { gatewayError } from "./errors.ts";
import { toGraphQLError, withExtensions } from "./graphql-error.ts";
import { type GatewayContext, type IdentityOptions, identify } from "./request-context.ts";

/**
 * Shows the schema to those who may see it. Others are not told of it by mistakes either: messages that would guess what
 * they meant end before the guess.
 */
export function guardSchema(policy: IntrospectionPolicy, options: IdentityOptions): Plugin<GatewayContext> {
  const mayLook = (principal: Principal) =>
    policy === "everybody" || (policy === "authenticated" && principal.name !== anonymous.name);
  return {
    onExecute({ args, setResultAndStopExecution }) {
      if (mayLook(args.contextValue.principal) || !asksForSchema(args.document)) return;
      const refusal = gatewayError["introspection-denied"]({ authenticated: policy === "authenticated" });
      setResultAndStopExecution({ errors: [toGraphQLError(refusal, { status: 403 })] });
    },
    async onExecutionResult({ request, result, setResult }) {
      if (!hasErrors(result)) return;
      const who = await identify(request, options).catch(() => undefined);
      if (who !== undefined && mayLook(who.principal)) return;
      setResult({ ...result, errors: result.errors.map(withoutGuess) });
    },
  };
}

function hasErrors(result: unknown): result is ExecutionResult & { readonly errors: readonly GraphQLError[] } {
  return typeof result === "object" && result !== null && !isAsyncIterable(result) && "errors" in result;
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      if (name.value !== "__schema" && name.value !== "__type") return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

function withoutGuess(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean [\s\S]*$/, "");
  return message === error.message ? error : withExtensions(error, {}, message);
}
