import fc from "fast-check";
import { expect, test } from "vitest";
import { addressKind, parseWebhookUrl } from "./webhook-address.ts";

test.each([
  ["93.184.216.34", "public"],
  ["2606:2800:220:1::1", "public"],
  ["127.0.0.1", "private"],
  ["127.255.0.9", "private"],
  ["10.1.2.3", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.1", "public"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["::1", "private"],
  ["fd12:3456::1", "private"],
  ["169.254.169.254", "never"],
  ["168.63.129.16", "never"],
  ["100.100.100.200", "never"],
  ["fd00:ec2::254", "never"],
  ["fe80::1", "never"],
  ["0.0.0.0", "never"],
  ["::", "never"],
  ["224.0.0.1", "never"],
  ["255.255.255.255", "never"],
  ["ff02::1", "never"],
  ["2002:a9fe:a9fe::1", "never"],
  ["::ffff:169.254.169.254", "never"],
  ["::ffff:a9fe:a9fe", "never"],
  ["::ffff:127.0.0.1", "private"],
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::a9fe:a9fe", "never"],
  ["no address", "never"],
])("%s is %s", (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

test("an IPv4 address is judged as itself in every way of writing it as IPv6", () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const kind = addressKind(address);
      const hex = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
      const tail = `${hex.slice(0, 2).join("")}:${hex.slice(2).join("")}`;
      expect([addressKind(`::ffff:${address}`), addressKind(`0:0:0:0:0:ffff:${tail}`)]).toEqual([kind, kind]);
    }),
  );
});

const open = (url: string, allowPrivate = false) => {
  try {
    return parseWebhookUrl(url, allowPrivate).href;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test.each([
  ["https://portal.example.edu/mesh", false, "https://portal.example.edu/mesh"],
  ["http://portal.example.edu/", false, "cli/webhook-url"],
  ["http://127.0.0.1:9000/", false, "cli/webhook-url"],
  ["http://127.0.0.1:9000/", true, "http://127.0.0.1:9000/"],
  ["https://127.0.0.1/", false, "cli/webhook-url"],
  ["https://2130706433/", false, "cli/webhook-url"],
  ["https://0x7f.1/", false, "cli/webhook-url"],
  ["https://[::1]/", false, "cli/webhook-url"],
  ["https://[::ffff:169.254.169.254]/", true, "cli/webhook-url"],
  ["http://169.254.169.254/latest/meta-data", true, "cli/webhook-url"],
  ["https://ada:secret@portal.example.edu/", false, "cli/webhook-url"],
  ["file:///etc/passwd", true, "cli/webhook-url"],
  ["ftp://portal.example.edu/", true, "cli/webhook-url"],
  ["not a url", true, "cli/webhook-url"],
])("%s (private allowed: %s) is taken as %s", (url, allowPrivate, expected) => {
  expect(open(url, allowPrivate)).toBe(expected);
});
