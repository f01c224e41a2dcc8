import { DirectiveLocation, GraphQLDirective, GraphQLNonNull, GraphQLString } from "graphql";

/** Directives by which the gateway learns how types of several subgraphs belong together. */
export const stitchingDirectives: readonly GraphQLDirective[] = [
  new GraphQLDirective({
    name: "key",
    description: "Fields that identify an object in all domains.",
    locations: [DirectiveLocation.OBJECT],
    args: { selectionSet: { type: new GraphQLNonNull(GraphQLString) } },
  }),
  new GraphQLDirective({
    name: "merge",
    description: "Looks objects up by their keys.",
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: { keyArg: { type: GraphQLString } },
  }),
  new GraphQLDirective({
    name: "canonical",
    description: "The definition whose description counts where domains describe the same type.",
    locations: [DirectiveLocation.OBJECT],
  }),
];
