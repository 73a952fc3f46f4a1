import type { Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import { digest } from "./digest.ts";

/** Tells a record, with the groups that it declares itself, from every other one. */
export function recordDigest(kind: Kind, record: SourceRecord, memberOf: readonly string[]): Buffer {
  return digest([kind, ordered(record), memberOf]);
}

/** The same attributes in one order: a record that was put together from changes equals one that was read whole. */
function ordered(record: SourceRecord): SourceRecord {
  let last = "";
  for (const name in record) {
    if (name < last)
      return Object.fromEntries(
        Object.keys(record)
          .sort()
          .map((each) => [each, record[each] ?? null]),
      );
    last = name;
  }
  return record;
}
