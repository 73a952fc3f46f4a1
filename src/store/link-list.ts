import type { Kind } from "../scim/resource.ts";
import type { Bound } from "./bindings.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { openScratch } from "./scratch.ts";

/** One link that is to be made, with the line of the file that asks for it. */
export interface ListedLink {
  readonly line: number;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly targetId: string;
}

/** The links of a file while they are checked: a hundred thousand take no memory to speak of. Close it. */
export class LinkList {
  readonly #db: Db = openScratch();

  constructor() {
    this.#db.exec(`
      create table link (line integer primary key, kind text not null, source_id text not null, target_id text not null, bound text) strict;
      create unique index link_source on link (kind, source_id);
      create unique index link_target on link (kind, target_id);`);
  }

  close(): void {
    this.#db.close();
  }

  /** Undefined when it was taken; else the line that has the same person or the same account, with other words or the same ones. */
  add({ line, kind, sourceId, targetId }: ListedLink): ListedLink | undefined {
    const twin = this.#one("kind = ? and source_id = ?", kind, sourceId) ?? this.with(kind, targetId);
    if (twin === undefined)
      prepared(this.#db, "insert into link (line, kind, source_id, target_id) values (?, ?, ?, ?)").run(
        line,
        kind,
        sourceId,
        targetId,
      );
    return twin;
  }

  /** The link to an account or group. */
  with(kind: Kind, targetId: string): ListedLink | undefined {
    return this.#one("kind = ? and target_id = ?", kind, targetId);
  }

  drop(line: number): void {
    prepared(this.#db, "delete from link where line = ?").run(line);
  }

  /** What the account holds. */
  found(line: number, bound: Bound): void {
    prepared(this.#db, "update link set bound = ? where line = ?").run(JSON.stringify(bound), line);
  }

  count(kind?: Kind): number {
    const [where, given] = kind === undefined ? ["", []] : ["where kind = ?", [kind]];
    return prepared(this.#db, `select count(*) from link ${where}`)
      .pluck()
      .get(...given) as number;
  }

  /** In the order of lines; what is dropped meanwhile may still come. */
  *each(): Iterable<ListedLink & { readonly bound: Bound | undefined }> {
    const next = prepared(
      this.#db,
      "select line, kind, source_id as sourceId, target_id as targetId, bound from link where line > ? order by line limit 500",
    );
    for (let after = 0; ; ) {
      const page = next.all(after) as (ListedLink & { readonly bound: string | null })[];
      for (const { bound, ...link } of page)
        yield { ...link, bound: bound === null ? undefined : (JSON.parse(bound) as Bound) };
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.line;
    }
  }

  #one(where: string, kind: Kind, id: string): ListedLink | undefined {
    return prepared(
      this.#db,
      `select line, kind, source_id as sourceId, target_id as targetId from link where ${where}`,
    ).get(kind, id) as ListedLink | undefined;
  }
}
