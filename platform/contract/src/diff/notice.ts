import type { DiffOptions } from "./diff-rule.ts";

const day = 86_400_000;

/** How long before readers are told that something they rely on ends; 90 days unless the mesh says otherwise. */
export function noticeMs({ minimumNoticeMs = 90 * day }: Pick<DiffOptions, "minimumNoticeMs">): number {
  return minimumNoticeMs;
}

export function noticeDays(options: Pick<DiffOptions, "minimumNoticeMs">): number {
  return Math.ceil(noticeMs(options) / day);
}
