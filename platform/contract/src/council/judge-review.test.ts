import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { councilText, dayMs } from "../changeset/fixtures/small-repository.ts";
import { judgeReview } from "./judge-review.ts";
import { parseCouncil } from "./read-council.ts";
import {
  type Ack,
  type RecordedImpact,
  type Review,
  type ReviewedProduct,
  subjectDigest,
  type Vote,
} from "./review.ts";

const council = parseCouncil(councilText, "contracts/council.yaml");
const names = council.members.map(({ name }) => name);
const opened = Date.parse("2026-03-02T09:00:00Z");
const sha = "0".repeat(64);

type Change = Partial<Pick<ReviewedProduct, "class" | "dangerous" | "privacy" | "sensitive">> & {
  readonly affected?: readonly string[];
  readonly readShare?: number;
  readonly authors?: readonly string[];
};

function reviewOf(change: Change, said: { votes?: readonly SaidVote[]; acks?: readonly SaidAck[] } = {}): Review {
  const { affected = [], readShare, authors = ["Ada <ada@example.org>"], ...rest } = change;
  const impact: RecordedImpact = {
    since: "2025-12-02",
    affected,
    ...(readShare !== undefined && { readShare }),
    elements: [],
  };
  const product = { product: "library/loans", from: "1.0.0", to: "2.0.0", contract: sha, differences: [], impact };
  const subject = {
    changeset: "loans-renamed",
    authors,
    opened,
    notice: opened,
    products: [{ ...product, class: "MAJOR" as const, dangerous: false, ...rest }],
  };
  const digest = subjectDigest(subject);
  const votes = (said.votes ?? []).map((vote): Vote => ({ vote: "approve", at: opened, digest, ...vote }));
  const acks = (said.acks ?? []).map((ack): Ack => ({ at: opened, digest, ...ack }));
  return { ...subject, digest, votes, acks };
}

type SaidVote = Pick<Vote, "by"> & Partial<Vote>;
type SaidAck = Pick<Ack, "by" | "domain" | "ack"> & Partial<Ack>;

const by = (...members: readonly string[]): SaidVote[] => members.map((name) => ({ by: name }));
const three = by("lead", "library-steward", "privacy-steward");
const ack = (word: Ack["ack"], name = "rooms-steward"): SaidAck => ({ by: name, domain: "rooms", ack: word });
const rooms = { affected: ["rooms"] };

describe("every gate of the rule table", () => {
  test.each<[string, Change, { votes?: SaidVote[]; acks?: SaidAck[] }, number, string, string[]]>([
    ["PATCH needs nobody", { class: "PATCH" }, {}, 0, "releasable", []],
    [
      "PATCH, but somebody objects",
      { class: "PATCH" },
      { votes: [{ by: "lead", vote: "reject" }] },
      0,
      "blocked",
      ["rejected"],
    ],
    ["MINOR without a vote", { class: "MINOR" }, {}, 0, "open", ["approvals"]],
    ["MINOR with one", { class: "MINOR" }, { votes: by("sports-steward") }, 0, "releasable", []],
    [
      "MINOR approved by its author",
      { class: "MINOR", authors: ["Rosa <rosa@example.org>"] },
      { votes: by("rooms-steward") },
      0,
      "open",
      ["approvals"],
    ],
    ["MINOR approved by a stranger", { class: "MINOR" }, { votes: by("mallory") }, 0, "open", ["approvals"]],
    [
      "MINOR approved in the future",
      { class: "MINOR" },
      { votes: [{ by: "lead", at: opened + dayMs }] },
      0,
      "open",
      ["approvals"],
    ],
    [
      "MINOR approved for something else",
      { class: "MINOR" },
      { votes: [{ by: "lead", digest: sha }] },
      0,
      "open",
      ["approvals"],
    ],
    [
      "MINOR, one for and one against",
      { class: "MINOR" },
      { votes: [...by("lead"), { by: "privacy-steward", vote: "reject" }] },
      0,
      "blocked",
      ["rejected"],
    ],
    [
      "MINOR, two for and one against",
      { class: "MINOR" },
      { votes: [...by("lead", "library-steward"), { by: "privacy-steward", vote: "reject" }] },
      0,
      "releasable",
      [],
    ],
    [
      "DANGEROUS with one",
      { class: "MINOR", dangerous: true },
      { votes: by("lead") },
      0,
      "open",
      ["approvals", "seat"],
    ],
    [
      "DANGEROUS with owner and steward",
      { class: "MINOR", dangerous: true },
      { votes: by("lead", "library-steward") },
      0,
      "releasable",
      [],
    ],
    [
      "DANGEROUS with two, but no owner",
      { class: "MINOR", dangerous: true },
      { votes: by("library-steward", "rooms-steward") },
      0,
      "open",
      ["seat"],
    ],
    [
      "DANGEROUS with the steward of another domain",
      { class: "MINOR", dangerous: true },
      { votes: by("lead", "rooms-steward") },
      0,
      "open",
      ["seat"],
    ],
    [
      "DANGEROUS by its own steward: another one sits in",
      { class: "MINOR", dangerous: true, authors: ["library-steward"] },
      { votes: by("lead", "rooms-steward") },
      0,
      "releasable",
      [],
    ],
    [
      "DANGEROUS for privacy without the privacy steward",
      { class: "MINOR", dangerous: true, privacy: ["lower"] },
      { votes: by("lead", "library-steward") },
      0,
      "open",
      ["seat"],
    ],
    [
      "DANGEROUS for privacy with her",
      { class: "MINOR", dangerous: true, privacy: ["lower"] },
      { votes: by("lead", "privacy-steward") },
      0,
      "releasable",
      [],
    ],
    ["MAJOR with a quorum, before the notice is over", {}, { votes: three }, 89, "blocked", ["notice"]],
    ["MAJOR with a quorum, when it is over", {}, { votes: three }, 90, "releasable", []],
    ["MAJOR below the quorum", {}, { votes: by("lead", "privacy-steward") }, 90, "open", ["approvals"]],
    ["MAJOR, nobody has answered yet", rooms, { votes: three }, 90, "open", ["ack"]],
    ["MAJOR, the affected domain approves", rooms, { votes: three, acks: [ack("approved")] }, 90, "releasable", []],
    ["MAJOR, it is migrating", rooms, { votes: three, acks: [ack("migrating")] }, 90, "releasable", []],
    [
      "MAJOR, somebody else answers for it",
      rooms,
      { votes: three, acks: [ack("approved", "sports-steward")] },
      90,
      "open",
      ["ack"],
    ],
    [
      "MAJOR, a consumer without a domain: who stands in for all answers",
      { affected: ["reporter"] },
      { votes: three, acks: [{ by: "lead", domain: "reporter", ack: "approved" }] },
      90,
      "releasable",
      [],
    ],
    ["MAJOR, a veto in time", rooms, { votes: three, acks: [ack("blocked")] }, 13, "blocked", ["vetoed", "notice"]],
    [
      "MAJOR, a veto, and no large majority later",
      rooms,
      { votes: three, acks: [ack("blocked")] },
      90,
      "blocked",
      ["vetoed"],
    ],
    [
      "MAJOR, a veto outvoted too early",
      rooms,
      { votes: by(...names), acks: [ack("blocked")] },
      14,
      "blocked",
      ["vetoed", "notice"],
    ],
    [
      "MAJOR, a veto outvoted",
      rooms,
      { votes: by("lead", "library-steward", "privacy-steward", "sports-steward"), acks: [ack("blocked")] },
      90,
      "releasable",
      [],
    ],
    [
      "MAJOR, silence outvoted",
      rooms,
      { votes: by("lead", "library-steward", "privacy-steward", "sports-steward") },
      90,
      "releasable",
      [],
    ],
    [
      "MAJOR that breaks confidential columns asks for one more",
      { sensitive: ["reader"] },
      { votes: three },
      90,
      "open",
      ["approvals"],
    ],
    [
      "MAJOR that breaks confidential columns, with one more",
      { sensitive: ["reader"] },
      { votes: [...three, ...by("sports-steward")] },
      90,
      "releasable",
      [],
    ],
    [
      "MAJOR that breaks what is read much asks for one more",
      { readShare: 0.26 },
      { votes: three },
      90,
      "open",
      ["approvals"],
    ],
    ["MAJOR that breaks what is read little does not", { readShare: 0.25 }, { votes: three }, 90, "releasable", []],
    [
      "MAJOR for privacy without the privacy steward",
      { privacy: ["lower"] },
      { votes: by("lead", "library-steward", "sports-steward") },
      90,
      "open",
      ["seat"],
    ],
    ["an emergency", rooms, { votes: [{ by: "lead", emergency: true, reason: "leak" }] }, 0, "releasable", []],
    [
      "an emergency without the right to it",
      {},
      { votes: [{ by: "privacy-steward", emergency: true }] },
      0,
      "blocked",
      ["notice", "approvals"],
    ],
  ])("%s", (_, change, said, days, kind, reasons) => {
    const verdict = judgeReview(reviewOf(change, said), council, opened + days * dayMs);
    expect(verdict.kind).toBe(kind);
    const found = verdict.kind === "open" || verdict.kind === "blocked" ? verdict.reasons.map((one) => one.kind) : [];
    expect(found).toEqual(reasons);
  });

  test("notice says its date", () => {
    const verdict = judgeReview(reviewOf({}, { votes: three }), council, opened);
    expect(verdict).toMatchObject({
      reasons: [{ message: "Consumers have notice until 2026-05-31", until: opened + 90 * dayMs }],
    });
  });

  test("an edit of what is recorded stands against everything", () => {
    const review = reviewOf({}, { votes: three });
    const later = opened + 100 * dayMs;
    const backdated = { ...review, notice: opened - dayMs };
    expect(judgeReview(backdated, council, later)).toMatchObject({ kind: "blocked", reasons: [{ kind: "changed" }] });
    const urgent = { ...backdated, votes: [{ ...(review.votes[0] as Vote), emergency: true }] };
    expect(judgeReview(urgent, council, later).kind).toBe("blocked");
  });
});

describe("after an emergency", () => {
  const urgent: SaidVote = { by: "lead", emergency: true, reason: "leak" };
  const releasedWith = (votes: readonly SaidVote[]): Review => ({
    ...reviewOf({ class: "MINOR", dangerous: true }, { votes }),
    released: { at: opened, emergency: true },
  });

  test.each<[string, SaidVote[], number, string | undefined]>([
    ["the review is due", [urgent], 7, "due"],
    ["the review is overdue", [urgent], 8, "overdue"],
    ["half of it is not it", [urgent, ...by("library-steward")], 8, "overdue"],
    ["who released does not review", [urgent, ...by("rooms-steward", "library-steward")], 8, "overdue"],
  ])("%s", (_, votes, days, kind) => {
    const verdict = judgeReview(releasedWith(votes), council, opened + days * dayMs);
    expect(verdict).toMatchObject({ kind: "released", followUp: { kind } });
  });

  test("the votes that were missing end it", () => {
    const minor = reviewOf({ class: "MINOR" }, { votes: [urgent, ...by("rooms-steward")] });
    const verdict = judgeReview({ ...minor, released: { at: opened, emergency: true } }, council, opened + 50 * dayMs);
    expect(verdict).toEqual({ kind: "released", at: opened });
  });
});

const anyVote = fc.record({
  by: fc.constantFrom(...names, "mallory"),
  vote: fc.constantFrom<Vote["vote"]>("approve", "reject"),
  at: fc.integer({ min: 0, max: 120 }).map((days) => opened + days * dayMs),
  emergency: fc.boolean(),
});
const anyAck = fc.record({
  by: fc.constantFrom(...names),
  domain: fc.constantFrom("rooms", "sports"),
  ack: fc.constantFrom<Ack["ack"]>("approved", "migrating", "blocked"),
});
const anyChange: fc.Arbitrary<Change> = fc.record({
  class: fc.constantFrom("MAJOR", "MINOR", "PATCH"),
  dangerous: fc.boolean(),
  privacy: fc.constantFrom([], ["lower"]),
  sensitive: fc.constantFrom([], ["reader"]),
  affected: fc.subarray(["rooms", "sports"]),
  readShare: fc.constantFrom(0, 0.5),
});
const anySaid = fc.record({ votes: fc.array(anyVote, { maxLength: 6 }), acks: fc.array(anyAck, { maxLength: 3 }) });
const anyTime = fc.integer({ min: 0, max: 120 }).map((days) => opened + days * dayMs);

describe("laws", () => {
  test("one more approval of somebody who has not voted never makes what is releasable wait", () => {
    fc.assert(
      fc.property(anyChange, anySaid, anyTime, fc.constantFrom(...names), (change, said, now, name) => {
        fc.pre(!said.votes.some((vote) => vote.by === name));
        fc.pre(judgeReview(reviewOf(change, said), council, now).kind === "releasable");
        const more = { ...said, votes: [...said.votes, { by: name }] };
        expect(judgeReview(reviewOf(change, more), council, now).kind).toBe("releasable");
      }),
    );
  });

  test("votes and answers never help after an edit", () => {
    fc.assert(
      fc.property(
        anyChange,
        anySaid,
        anyTime,
        fc.constantFrom("contract", "mapping", "published"),
        (change, said, now, part) => {
          const review = reviewOf(change, said);
          const products = review.products.map((one) => ({ ...one, [part]: "1".repeat(64) }));
          const renewed = { ...review, products, digest: subjectDigest({ ...review, products }) };
          const silent = { ...renewed, votes: [], acks: [] };
          expect(judgeReview(renewed, council, now)).toEqual(judgeReview(silent, council, now));
          expect(["blocked", "released"]).toContain(judgeReview({ ...review, products }, council, now).kind);
        },
      ),
    );
  });

  test("time alone never takes away what could be released, and the author's votes change nothing", () => {
    fc.assert(
      fc.property(
        anyChange,
        anySaid,
        anyTime,
        fc.nat({ max: 200 }),
        fc.constantFrom(...names),
        (change, said, now, days, name) => {
          const settled = { ...said, votes: said.votes.filter(({ at }) => at <= now) };
          const review = reviewOf(change, settled);
          if (judgeReview(review, council, now).kind === "releasable")
            expect(judgeReview(review, council, now + days * dayMs).kind).toBe("releasable");
          const authored = { ...change, authors: [name] };
          const others = { ...said, votes: said.votes.filter((vote) => vote.by !== name) };
          const [all, rest] = [reviewOf(authored, said), reviewOf(authored, others)];
          expect(judgeReview(all, council, now)).toEqual(judgeReview(rest, council, now));
        },
      ),
    );
  });

  test("a graver class never opens a gate that a lighter one keeps shut", () => {
    const order = ["PATCH", "MINOR", "MAJOR"] as const;
    fc.assert(
      fc.property(anyChange, anySaid, anyTime, fc.nat({ max: 2 }), fc.nat({ max: 2 }), (change, said, now, a, b) => {
        const judge = (rank: number) =>
          judgeReview(
            reviewOf({ ...change, dangerous: false, privacy: [], class: order[rank] ?? "PATCH" }, said),
            council,
            now,
          );
        if (judge(Math.max(a, b)).kind === "releasable") expect(judge(Math.min(a, b)).kind).toBe("releasable");
      }),
    );
  });
});
