import type { AccessPort } from "@thoth/access/agreements/access-port";
import type { Decision } from "@thoth/access/decision";
import type { RoleModel } from "@thoth/contract/access-terms";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { DiscoveryBuilder } from "./discovery-types.ts";

/** What can be asked for: the roles of each product, the purposes there are, and what a reader sees now. */
export function defineAccessOffers(builder: DiscoveryBuilder, port: AccessPort | undefined): void {
  const role = defineRole(builder);
  const access = defineDecision(builder);
  builder.objectFields("DataProduct", (t) => ({
    roles: t.field({
      type: [role],
      description: "What its contract offers to those who ask for access.",
      resolve: ({ model }) => [...model.roles],
    }),
    access: t.field({
      type: access,
      description: "What you see of it, for the purpose of this request, and why.",
      resolve: ({ model }, _args, context) => context.decide(model),
    }),
  }));
  const purpose = definePurpose(builder);
  builder.queryField("purposes", (t) =>
    t.field({
      type: [purpose],
      nullable: true,
      description: "What data may be used for; a request for access names one.",
      resolve: () => [...(port?.purposes ?? [])],
    }),
  );
}

function defineRole(builder: DiscoveryBuilder) {
  return builder.objectRef<RoleModel>("AccessRole").implement({
    description: "What somebody who is granted it sees of a product.",
    fields: (t) => ({
      name: t.exposeString("name"),
      description: t.exposeString("description"),
      approvers: t.stringList({
        description: "Accounts that grant it; the domain's stewards and owner when empty.",
        resolve: ({ firstLevelApprovers }) => [...firstLevelApprovers],
      }),
      secondApprovers: t.stringList({
        description: "Accounts that grant it as the second person, where columns are restricted.",
        resolve: ({ secondLevelApprovers }) => [...secondLevelApprovers],
      }),
      masked: t.stringList({
        description: "Columns whose values it does not show as they are.",
        resolve: ({ masks }) => Object.keys(masks),
      }),
      minGroupSize: t.exposeInt("minGroupSize", {
        description: "People at least behind each number; 1: it shows rows.",
      }),
      groupBy: t.stringList({
        description: "Columns that numbers may be grouped by, when it shows no rows.",
        resolve: ({ groupBy }) => [...groupBy],
      }),
    }),
  });
}

function defineDecision(builder: DiscoveryBuilder) {
  const column = builder.objectRef<{ column: string; access: string }>("ColumnAccess").implement({
    fields: (t) => ({
      column: t.exposeString("column"),
      access: t.exposeString("access", {
        description: "`clear`, `masked`, `aggregated` (only in sums and means) or `denied`.",
      }),
    }),
  });
  return builder.objectRef<Decision>("AccessDecision").implement({
    fields: (t) => ({
      readable: t.exposeBoolean("readable"),
      reasons: t.stringList({ resolve: ({ reasons }) => [...reasons] }),
      advice: t.string({
        nullable: true,
        description: "How to see more: who grants it, and how to ask; null when there is nothing more.",
        resolve: ({ advice }) => advice ?? null,
      }),
      purpose: t.exposeString("purpose", { nullable: true }),
      agreement: t.exposeString("agreement", { nullable: true, description: "Id of the agreement that it rests on." }),
      until: t.field({
        type: "DateTime",
        nullable: true,
        resolve: ({ expiresAt }) => (expiresAt === null ? null : new Date(expiresAt).toISOString()),
      }),
      minGroupSize: t.exposeInt("minGroupSize"),
      columns: t.field({
        type: [column],
        resolve: ({ columns }) => Object.entries(columns).map(([name, access]) => ({ column: name, access })),
      }),
    }),
  });
}

function definePurpose(builder: DiscoveryBuilder) {
  return builder.objectRef<Purpose>("AccessPurpose").implement({
    fields: (t) => ({
      id: t.exposeString("id"),
      title: t.exposeString("title"),
      description: t.exposeString("description"),
      longestDays: t.exposeInt("longestDays", { description: "Longest time that an agreement for it lasts." }),
    }),
  });
}
