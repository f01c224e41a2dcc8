import { isDeepStrictEqual } from "node:util";
import type { DataContract, Role, Server } from "../generated/odcs.ts";
import { roleWords } from "../roles/role-words.ts";
import type { ElementPair } from "./contract-pairs.ts";
import { both, diffRule } from "./diff-rule.ts";
import { type MatchedList, matchLists } from "./match-lists.ts";
import { show, wasIs } from "./show-value.ts";

type Contracts = ElementPair<DataContract>;

/** Servers before and after, by the name consumers ask for. */
export function matchServers({ before, after }: Contracts): MatchedList<Server> {
  return matchLists(before.servers ?? [], after.servers ?? [], [({ server }) => server]);
}

export function serverPath({ server }: Server): string {
  return `/servers[server=${server}]`;
}

/** What consumers do not connect by. */
export const serverNotes = ["id", "description", "customProperties", "roles"];

const rehearsal = /^(dev|test|stag|uat|pre|sandbox|local|ci|qa|int)/i;

/** An environment that is not named is the one that counts. */
function isProduction({ environment = "" }: Server): boolean {
  return !rehearsal.test(environment);
}

const removal =
  "Add the new port beside {name}: that is a minor version. Announce the end of {name}, serve both for {days} days, and take it away in the next major version.";

export const portRules = [
  diffRule({
    row: 37,
    sees: "servers, and where and how they are reached",
    outcomes: {
      removed: both("port-removed", "MAJOR", { suggestion: removal }),
      moved: both("port-moved", "MAJOR", { suggestion: removal }),
      "removed rehearsal": both("port-removed", "PATCH"),
      "moved rehearsal": both("port-moved", "PATCH"),
      added: both("port-added", "MINOR"),
    },
    find: (contracts: Contracts) => {
      const { removed, added, pairs } = matchServers(contracts);
      return [
        ...removed.map((server) => ({
          outcome: isProduction(server) ? ("removed" as const) : ("removed rehearsal" as const),
          path: serverPath(server),
          message: `The port ${show(server.server)} (${server.type}) is gone`,
        })),
        ...added.map((server) => ({
          outcome: "added" as const,
          path: serverPath(server),
          message: `The port ${show(server.server)} (${server.type}) is new`,
        })),
        ...pairs.flatMap(({ before, after }) =>
          movedKeys(before, after).map((key) => ({
            outcome: isProduction(before) ? ("moved" as const) : ("moved rehearsal" as const),
            path: `${serverPath(before)}/${key}`,
            message: `${key} of the port ${show(before.server)} ${wasIs(before[key], after[key])}`,
          })),
        ),
      ];
    },
  }),
];

function movedKeys(before: Server, after: Server): (keyof Server)[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Server)[];
  return keys.filter((key) => !serverNotes.includes(key) && !isDeepStrictEqual(before[key], after[key]));
}

/** Roles of the contract and of each of its servers, by name. */
export function matchRoles(contracts: Contracts): (MatchedList<Role> & { readonly path: string })[] {
  const match = (path: string, before: readonly Role[] = [], after: readonly Role[] = []) => ({
    path: `${path}/roles`,
    ...matchLists(before, after, [({ role }) => role]),
  });
  const { before, after } = contracts;
  const servers = matchServers(contracts).pairs.map((pair) =>
    match(serverPath(pair.before), pair.before.roles, pair.after.roles),
  );
  return [match("", before.roles, after.roles), ...servers];
}

export function rolePath(path: string, { role }: Role): string {
  return `${path}[role=${role}]`;
}

function termOf({ customProperties = [] }: Role, word: string): unknown {
  return customProperties.find(({ property }) => property === word)?.value;
}

const approvers = ["firstLevelApprovers", "secondLevelApprovers"] as const;

export const roleRules = [
  diffRule({
    row: 38,
    sees: "roles, what they may do, and who grants them",
    outcomes: {
      removed: both("role-removed", "MAJOR", {
        suggestion:
          "Grant the holders of {name} another role first; remove it in the next major version, after {days} days.",
      }),
      changed: both("access-changed", "MAJOR", {
        suggestion:
          "Add a role with the new access beside {name}: that is a minor version. Move its holders over, and remove {name} in the next major version, after {days} days.",
      }),
      added: both("role-added", "MINOR"),
      approvers: both("approvers-changed", "PATCH"),
    },
    find: (contracts: Contracts) =>
      matchRoles(contracts).flatMap(({ path, removed, added, pairs }) => [
        ...removed.map((role) => ({
          outcome: "removed" as const,
          path: rolePath(path, role),
          message: `The role ${show(role.role)} is gone`,
        })),
        ...added.map((role) => ({
          outcome: "added" as const,
          path: rolePath(path, role),
          message: `The role ${show(role.role)} is new`,
        })),
        ...pairs
          .filter(({ before, after }) => before.access !== after.access)
          .map(({ before, after }) => ({
            outcome: "changed" as const,
            path: `${rolePath(path, before)}/access`,
            message: `What the role ${show(before.role)} may do ${wasIs(before.access, after.access)}`,
          })),
        ...pairs.flatMap(({ before, after }) =>
          Object.values(roleWords)
            .filter((word) => !isDeepStrictEqual(termOf(before, word), termOf(after, word)))
            .map((word) => ({
              outcome: "changed" as const,
              path: `${rolePath(path, before)}/customProperties[property=${word}]`,
              message: `What the role ${show(before.role)} shows (${word}) ${wasIs(termOf(before, word), termOf(after, word))}`,
            })),
        ),
        ...pairs.flatMap(({ before, after }) =>
          approvers
            .filter((key) => before[key] !== after[key])
            .map((key) => ({
              outcome: "approvers" as const,
              path: `${rolePath(path, before)}/${key}`,
              message: `Who grants the role ${show(before.role)} ${wasIs(before[key], after[key])}`,
            })),
        ),
      ]),
  }),
];
