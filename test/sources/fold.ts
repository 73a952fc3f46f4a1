import type { Kind } from "../../src/scim/resource.ts";
import type { Change, Cursor, Source, SourceRecord } from "../../src/sources/source.ts";

/** What a directory looks like to somebody who has applied every change so far: the plainest reading of the contract. */
export class Fold {
  readonly records = new Map<string, { readonly kind: Kind; readonly record: SourceRecord }>();
  readonly memberOf = new Map<string, readonly string[]>();
  readonly #members = new Map<string, Set<string>>();
  readonly #listed = new Map<string, Set<string>>();

  apply(change: Change): void {
    switch (change.type) {
      case "present":
        this.records.set(change.id, { kind: change.kind, record: change.record });
        if (change.memberOf !== undefined) this.memberOf.set(change.id, change.memberOf);
        break;
      case "changed": {
        const known = this.records.get(change.id);
        if (known === undefined) throw new Error(`${change.id} changed, but was never present`);
        const record = { ...known.record, ...change.set };
        for (const name of change.cleared) delete record[name];
        this.records.set(change.id, { kind: change.kind, record });
        if (change.memberOf !== undefined) this.memberOf.set(change.id, change.memberOf);
        break;
      }
      case "absent":
        this.records.delete(change.id);
        this.memberOf.delete(change.id);
        break;
      case "members":
        this.#applyMembers(change);
    }
  }

  /** Members that are still there: who is gone belongs to nothing, though a directory need not say so. */
  members(group: string): readonly string[] {
    return [...(this.#members.get(group) ?? [])].filter((id) => this.records.has(id)).sort();
  }

  /** Comparable: sorted, with members beside each group. */
  snapshot(): unknown {
    return [...this.records]
      .map(([id, { kind, record }]) => ({
        id,
        kind,
        record: sorted(record),
        memberOf: this.memberOf.get(id) ?? [],
        members: kind === "group" ? this.members(id) : [],
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #applyMembers(change: Extract<Change, { type: "members" }>): void {
    const current = this.#members.get(change.group) ?? new Set<string>();
    this.#members.set(change.group, current);
    if (change.mode === "add") for (const id of change.ids) current.add(id);
    if (change.mode === "remove") for (const id of change.ids) current.delete(id);
    if (change.mode !== "listed") return;
    const listed = this.#listed.get(change.group) ?? new Set<string>();
    for (const id of change.ids) listed.add(id);
    this.#listed.set(change.group, listed);
    if (!change.last) return;
    this.#members.set(change.group, listed);
    this.#listed.delete(change.group);
  }
}

export interface Polled {
  readonly changes: readonly Change[];
  readonly pages: number;
  readonly cursor: Cursor;
}

/** Polls to the end. Fails when the contract of the cursor is broken. */
export async function pollAll(
  source: Source,
  cursor: Cursor | undefined,
  signal: AbortSignal = AbortSignal.timeout(120_000),
): Promise<Polled> {
  const changes: Change[] = [];
  const cursors: Cursor[] = [];
  const told = new Set<string>();
  let pages = 0;
  for await (const page of source.poll(cursor, signal)) {
    if (cursors.length > 0) throw new Error("a page came after the one with the cursor");
    pages += 1;
    for (const change of page.changes) changes.push(asTold(change, told));
    if (page.cursor !== undefined) cursors.push(page.cursor);
  }
  const [end] = cursors;
  if (end === undefined) throw new Error("the poll ended without a cursor");
  return { changes, pages, cursor: end };
}

/** Whoever is told again, where that may be in part, is changed. */
function asTold(change: Change, told: Set<string>): Change {
  if (change.type === "absent") told.delete(change.id);
  if (change.type !== "present") return change;
  const { cleared, record, ...whole } = change;
  const isPart = cleared !== undefined && told.has(change.id);
  told.add(change.id);
  return isPart ? { ...whole, type: "changed", set: record, cleared } : { ...whole, record };
}

export function folded(changes: Iterable<Change>, onto = new Fold()): Fold {
  for (const change of changes) onto.apply(change);
  return onto;
}

function sorted(record: SourceRecord): SourceRecord {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
