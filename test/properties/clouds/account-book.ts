import Database from "better-sqlite3";

/** A person's account at the target, as it lies on the disk. */
export interface Account {
  readonly id: string;
  readonly externalId: string;
  readonly active: boolean;
  /** Everything that it holds but its id, in one form: without empty values, lists in order. */
  readonly content: unknown;
}

export interface TargetGroup {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  /** Ids of accounts. */
  readonly members: ReadonlySet<string>;
}

/** All that a target holds. */
export interface AccountBook {
  readonly accounts: readonly Account[];
  readonly groups: readonly TargetGroup[];
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly json: string;
}

/** Reads an embedded directory's file past everything that keeps it, as often as is asked for. */
export class BookReader {
  readonly #db: Database.Database;
  readonly #rows: Database.Statement<[], Row>;
  readonly #members: Database.Statement<[], { grp: string; member: string }>;

  constructor(file: string) {
    this.#db = new Database(file, { readonly: true });
    this.#rows = this.#db.prepare("select id, kind, json from resource order by seq");
    this.#members = this.#db.prepare(
      "select g.id as grp, m.id as member from membership join resource g on g.seq = grp join resource m on m.seq = member",
    );
  }

  read(): AccountBook {
    const rows = this.#rows.all();
    const members = this.#members.all();
    const of = (group: string) => members.filter(({ grp }) => grp === group).map(({ member }) => member);
    return {
      accounts: rows.filter(({ kind }) => kind === "user").map(accountOf),
      groups: rows
        .filter(({ kind }) => kind === "group")
        .map(({ id, json }) => {
          const { externalId, displayName } = JSON.parse(json) as Record<string, unknown>;
          return { id, externalId: String(externalId), name: String(displayName), members: new Set(of(id)) };
        }),
    };
  }

  close(): void {
    this.#db.close();
  }
}

function accountOf({ id, json }: Row): Account {
  const { schemas: _schemas, ...held } = JSON.parse(json) as Record<string, unknown>;
  const content = pruned(held);
  return { id, externalId: String(held["externalId"]), active: held["active"] === true, content };
}

/** Without nulls and what is empty, with names and lists in one order: as two resources that say the same look the same. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(pruned).filter((each) => each !== undefined);
    kept.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    return kept.length === 0 ? undefined : kept;
  }
  if (value === null || value === "") return undefined;
  if (typeof value !== "object") return value;
  const kept = Object.entries(value)
    .map(([name, each]) => [name, pruned(each)] as const)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
