import { accessFiles, FollowedList } from "./access-files.ts";
import { isAgreement, isServiceKey } from "./kept-entries.ts";

/** When the first agreement or key that a home knows of was asked for or made, epoch ms. What cannot be read is not known. */
export function firstAccessRecordAt(home: string): number | undefined {
  const files = accessFiles(home);
  const onTrouble = () => undefined;
  const agreements = new FollowedList({ file: files.agreements, name: "agreements", isEntry: isAgreement, onTrouble });
  const keys = new FollowedList({ file: files.keys, name: "keys", isEntry: isServiceKey, onTrouble });
  for (const list of [agreements, keys]) list.follow();
  const times = [
    ...agreements.entries.map(({ requestedAt }) => requestedAt),
    ...keys.entries.map(({ createdAt }) => createdAt),
  ];
  return times.length === 0 ? undefined : times.reduce((first, at) => Math.min(first, at));
}
