import type { Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import type { Standing } from "./judgement.ts";
import { type JudgedRow, judgedColumns, standingOf } from "./write-judgement.ts";

/** Somebody whom the last reads showed, as the directory described them. */
export interface KnownRecord {
  readonly kind: Kind;
  readonly sourceId: string;
  /** 1: in the scope when they were last judged. */
  readonly wasInScope: number;
  readonly standing: Standing;
  readonly record: SourceRecord;
  /** The same as JSON, for whoever searches it. */
  readonly text: string;
}

/** Everybody who is present, in row order, in pages: whoever looks at all of them holds no more than a page. Costs the size of the snapshot. */
export function* knownRecords(db: Db): Iterable<KnownRecord> {
  const next = db.prepare(
    `select r.${judgedColumns.split(", ").join(", r.")}, r.source_id as sourceId, w.record from resource r join wide w on w.id = r.id
       where r.id > ? and +r.presence = 'present' and w.record is not null order by r.id limit 500`,
  );
  for (let after = 0; ; ) {
    const page = next.all(after) as (JudgedRow & { readonly sourceId: string; readonly record: string })[];
    for (const row of page) {
      yield {
        kind: row.kind === "group" ? "group" : "user",
        sourceId: row.sourceId,
        wasInScope: row.in_scope,
        standing: standingOf(row),
        record: JSON.parse(row.record) as SourceRecord,
        text: row.record,
      };
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
