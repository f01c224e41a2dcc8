import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameDecoder } from "./frame-decoder.ts";
import { parseFrontendMessage, spreadFormats } from "./frontend-message.ts";
import { message } from "./message-writer.ts";
import { parseOptions, parseStartupPacket } from "./startup-packet.ts";

const limitBytes = 1000;

function typed(): FrameDecoder {
  const decoder = new FrameDecoder(limitBytes);
  decoder.expectTyped(limitBytes);
  return decoder;
}

/** All that is there, and the code of the error that ended it. */
function drain(decoder: FrameDecoder): { frames: string[]; code?: string } {
  const frames: string[] = [];
  try {
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      frames.push(frame.type + frame.body.toString("hex"));
    }
    return { frames };
  } catch (failure) {
    return { frames, code: (failure as { code: string }).code };
  }
}

test("messages are the same however their bytes arrive", () => {
  const body = fc.uint8Array({ maxLength: 50 });
  fc.assert(
    fc.property(fc.array(body, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 7 })), (bodies, sizes) => {
      const bytes = Buffer.concat(bodies.map((each) => message("Q", (writer) => writer.raw(each))));
      const decoder = typed();
      const frames: string[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % (sizes.length || 1)] ?? 1;
        decoder.push(bytes.subarray(at, at + size));
        frames.push(...drain(decoder).frames);
        at += size;
      }
      expect(frames).toEqual(bodies.map((each) => `Q${Buffer.from(each).toString("hex")}`));
      expect(decoder.buffered).toBe(0);
    }),
  );
});

test.each([
  ["longer than allowed, before it has come", [0x51, 0, 0, 4, 0], "gateway/sql-message-too-large"],
  ["of two gigabytes", [0x51, 0x7f, 0xff, 0xff, 0xff], "gateway/sql-message-too-large"],
  ["of a negative length", [0x51, 0x80, 0, 0, 0], "gateway/sql-protocol"],
  ["shorter than its own length", [0x51, 0, 0, 0, 3], "gateway/sql-protocol"],
  ["not all there", [0x51, 0, 0, 0, 9, 1], undefined],
])("a message %s", (_, bytes, code) => {
  const decoder = typed();
  decoder.push(Buffer.from(bytes));
  expect(drain(decoder)).toEqual({ frames: [], ...(code !== undefined && { code }) });
});

test("whatever comes is a message or an error of the protocol, and never anything else", () => {
  const type = fc.constantFrom("Q", "P", "B", "D", "C", "E", "H", "S", "X", "d", "c", "f", "p", "F", "\0", "é");
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 60 }), (name, body) => {
      const read = () => parseFrontendMessage({ type: name, body: Buffer.from(body) });
      expect(codeOf(read)).toMatch(/^(none|gateway\/sql-(protocol|bad-value))$/);
      const begin = () => parseStartupPacket(Buffer.concat([Buffer.from([0, 3, 0, 0]), body]));
      expect(codeOf(begin)).toMatch(/^(none|gateway\/sql-(protocol|bad-value))$/);
    }),
    { numRuns: 2_000 },
  );
});

function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (failure) {
    return (failure as { code?: string }).code ?? String(failure);
  }
}

test.each([
  ["-c mesh.purpose=teaching", [["mesh.purpose", "teaching"]]],
  [
    "-cmesh.purpose=a --statement-timeout=5s",
    [
      ["mesh.purpose", "a"],
      ["statement_timeout", "5s"],
    ],
  ],
  ["-c application_name=two\\ words\\\\", [["application_name", "two words\\"]]],
  ["", []],
])("options %s", (options, settings) => {
  expect(parseOptions(options)).toEqual(settings);
});

test.each(["-c", "-c mesh.purpose", "mesh.purpose=x", "-x a=b"])("options %s are refused", (options) => {
  expect(codeOf(() => parseOptions(options))).toBe("gateway/sql-protocol");
});

test("one format is for all values, and otherwise there is one for each", () => {
  expect(spreadFormats([], 2)).toEqual([0, 0]);
  expect(spreadFormats([1], 3)).toEqual([1, 1, 1]);
  expect(spreadFormats([0, 1], 2)).toEqual([0, 1]);
  expect(codeOf(() => spreadFormats([0, 1], 3))).toBe("gateway/sql-protocol");
});
