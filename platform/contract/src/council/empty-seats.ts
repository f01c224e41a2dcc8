import type { Seat } from "./gate.ts";
import type { Reason } from "./judge-review.ts";

/** Seats that stay empty however the approvals are seated. */
export function emptySeats(seats: readonly Seat[], approvals: readonly string[]): Reason[] {
  const seated = seatAll(seats, approvals);
  return seats
    .filter((seat) => !seated.has(seat))
    .map((seat) => ({
      kind: "seat",
      message: `No approval of ${seat.says} yet`,
      hint:
        seat.members.length > 0
          ? `One of: ${seat.members.join(", ")}.`
          : "Name such a member in contracts/council.yaml.",
    }));
}

/** A largest matching of seats and members, by augmenting paths: nobody sits twice. */
function seatAll(seats: readonly Seat[], approvals: readonly string[]): Map<Seat, string> {
  const seatOf = new Map<string, Seat>();
  const place = (seat: Seat, tried: Set<string>): boolean => {
    for (const name of seat.members.filter((member) => approvals.includes(member) && !tried.has(member))) {
      tried.add(name);
      const taken = seatOf.get(name);
      if (taken !== undefined && !place(taken, tried)) continue;
      seatOf.set(name, seat);
      return true;
    }
    return false;
  };
  for (const seat of seats) place(seat, new Set());
  return new Map([...seatOf].map(([name, seat]) => [seat, name]));
}
