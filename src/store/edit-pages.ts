import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { type ComparedRow, comparedColumns } from "./judged-the-same.ts";

/** Tells, of somebody who is to be active, from their record and from what was made of it: an edit changes nothing for them. Both are JSON. */
export type Spares = (kind: Kind, record: string, body: string) => boolean;

/** Whether they are assigned now; null where that is as it was. */
export type EditedRow = readonly [isAssigned: number | null, ...compared: ComparedRow];

interface EditPage {
  readonly rows: readonly EditedRow[];
  readonly isLast: boolean;
}

/** How many are looked at in one transaction. */
const pageSize = 500;

/** Whom an edit may mean otherwise than the configuration before. */
export interface Affected {
  /** Source id of the only one. */
  readonly only?: string | undefined;
  /** It is worked out anew who is assigned: temp.assigned. */
  readonly areAssigned: boolean;
  readonly spares?: Spares | undefined;
  /** Looked at all the same. */
  isLookedAt(id: number, kind: Kind): boolean;
}

/** Everybody in row order, in pages, without those who are spared: these cost their record and what was made of it, and no page of theirs has to be full. */
export function editPages(db: Db, now: number, affected: Affected): Iterable<EditPage> {
  const { only, areAssigned, spares } = affected;
  const isAssigned = areAssigned ? "r.id in (select id from temp.assigned)" : "null";
  const columns = `${isAssigned}, ${comparedColumns} from`;
  return spares === undefined || areAssigned || only !== undefined
    ? everybody(db, columns, only)
    : notSpared(db, columns, now, { ...affected, spares });
}

function* everybody(db: Db, columns: string, only: string | undefined): Iterable<EditPage> {
  const next = db
    .prepare(
      `select ${columns} resource r left join wide w on w.id = r.id
         where r.id > :after and r.presence <> 'unknown' ${only === undefined ? "" : "and r.source_id = :only"} order by r.id limit ${pageSize}`,
    )
    .raw();
  for (let after = 0; ; ) {
    const page = next.all({ after, ...(only === undefined ? {} : { only }) }) as EditedRow[];
    const isLast = page.length < pageSize;
    yield { rows: page, isLast };
    if (isLast) return;
    after = page.at(-1)?.[1] ?? after;
  }
}

/** Of whoever is to be active by the rules of before, and whose time has not come, all that is written down follows from record and rules. */
const isPlain = `r.presence = 'present' and r.intent = 'active' and r.problem is null and r.outside = 0 and r.desired is not null
  and (r.due_at is null or r.due_at > :now)`;

function* notSpared(
  db: Db,
  columns: string,
  now: number,
  { spares, isLookedAt }: Affected & { readonly spares: Spares },
): Iterable<EditPage> {
  const next = db
    .prepare(
      `select r.id, r.kind, ${isPlain}, w.record, w.body from resource r left join wide w on w.id = r.id
         where r.id > :after and r.presence <> 'unknown' order by r.id limit ${pageSize}`,
    )
    .raw();
  const some = db
    .prepare(
      `select ${columns} json_each(?) j cross join resource r on r.id = j.value left join wide w on w.id = r.id`,
    )
    .raw();
  for (let after = 0; ; ) {
    const page = next.all({ after, now }) as SparedRow[];
    const left: number[] = [];
    for (const [id, kind, plain, record, body] of page) {
      const isSpared = plain === 1 && record !== null && body !== null && spares(kind, record, body);
      if (!isSpared || isLookedAt(id, kind)) left.push(id);
    }
    const isLast = page.length < pageSize;
    yield { rows: left.length === 0 ? [] : (some.all(JSON.stringify(left)) as EditedRow[]), isLast };
    if (isLast) return;
    after = page.at(-1)?.[0] ?? after;
  }
}

type SparedRow = readonly [
  id: number,
  kind: Kind,
  isPlain: number,
  record: string | null,
  body: string | null,
];
