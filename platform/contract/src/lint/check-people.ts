import type { Report } from "../finding.ts";
import type { DataContract, TeamMember } from "../generated/odcs.ts";

/** Who is responsible, and by which names servers and roles are asked for. */
export function checkPeople(contract: DataContract, report: Report): void {
  const plain = Array.isArray(contract.team);
  const members: readonly TeamMember[] = Array.isArray(contract.team) ? contract.team : (contract.team?.members ?? []);
  for (const [index, { username, dateIn, dateOut }] of members.entries()) {
    if (dateIn === undefined || dateOut === undefined || dateIn <= dateOut) continue;
    report([...(plain ? ["team"] : ["team", "members"]), index, "dateOut"], {
      rule: "odcs-team-dates",
      message: `${username} left on ${dateOut}, before joining on ${dateIn}`,
      hint: "Swap the two dates.",
    });
  }
  checkNames(
    "servers",
    (contract.servers ?? []).map(({ server }) => server),
    report,
  );
  checkNames(
    "roles",
    (contract.roles ?? []).map(({ role }) => role),
    report,
  );
}

function checkNames(list: "servers" | "roles", names: readonly string[], report: Report): void {
  const key = list === "servers" ? "server" : "role";
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    report([list, index, key], {
      rule: "house-duplicate-name",
      message: `There is a ${key} "${name}" already`,
      hint: `Consumers ask for a ${key} by its name; give every one its own.`,
    });
  }
}
