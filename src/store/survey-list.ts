import { fold } from "../scim/filter.ts";
import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { openScratch } from "./scratch.ts";

/** An account or group at the target, as far as a survey tells of it. */
export interface SurveyedAccount {
  readonly targetId: string;
  readonly name: string;
  readonly externalId: string;
  /** 1: switched off. */
  readonly isOff: number;
}

/** Which of our rows an account was found for. */
interface Found {
  readonly row: number;
  readonly targetId: string;
  /** Match attribute. */
  readonly path: string;
}

/** Everything that the target holds, and who of the directory was found there: as much as there is, in no memory to speak of. Close it. */
export class SurveyList {
  readonly #db: Db = openScratch();

  constructor() {
    this.#db.exec(`
      create table account (kind text not null, target_id text not null, name text not null, external_id text not null, is_off integer not null,
        primary key (kind, target_id)) strict, without rowid;
      create table value (kind text not null, path text not null, text text not null, target_id text not null,
        primary key (kind, path, text, target_id)) strict, without rowid;
      create table found (row integer not null, kind text not null, target_id text not null, path text not null,
        primary key (row, target_id)) strict, without rowid;
      create index found_account on found (kind, target_id);`);
  }

  close(): void {
    this.#db.close();
  }

  /** `values`: match attribute -> what the account holds there. */
  add(kind: Kind, account: SurveyedAccount, values: Readonly<Record<string, string>>): void {
    const { targetId, name, externalId, isOff } = account;
    prepared(this.#db, "insert or ignore into account values (?, ?, ?, ?, ?)").run(
      kind,
      targetId,
      name,
      externalId,
      isOff,
    );
    const insert = prepared(this.#db, "insert or ignore into value values (?, ?, ?, ?)");
    for (const [path, text] of Object.entries(values)) insert.run(kind, path, fold(text), targetId);
  }

  /** Accounts that may hold this value: compare them again, in full. */
  holding(kind: Kind, path: string, text: string): readonly SurveyedAccount[] {
    return prepared(
      this.#db,
      `select a.target_id as targetId, a.name, a.external_id as externalId, a.is_off as isOff from value v
         join account a on a.kind = v.kind and a.target_id = v.target_id where v.kind = ? and v.path = ? and v.text = ?`,
    ).all(kind, path, fold(text)) as SurveyedAccount[];
  }

  account(kind: Kind, targetId: string): SurveyedAccount | undefined {
    return prepared(
      this.#db,
      "select target_id as targetId, name, external_id as externalId, is_off as isOff from account where kind = ? and target_id = ?",
    ).get(kind, targetId) as SurveyedAccount | undefined;
  }

  /** Writes down that an account was found for a row. */
  found(kind: Kind, { row, targetId, path }: Found): void {
    prepared(this.#db, "insert or ignore into found values (?, ?, ?, ?)").run(row, kind, targetId, path);
  }

  /** The target would not look this one up: what it said stands in place of the match attribute, beside no account. */
  refused(kind: Kind, row: number, message: string): void {
    this.found(kind, { row, targetId: "", path: message });
  }

  foundFor(row: number): readonly Found[] {
    return prepared(
      this.#db,
      "select row, target_id as targetId, path from found where row = ? order by target_id",
    ).all(row) as Found[];
  }

  /** For whom else an account was found. */
  foundAs(kind: Kind, targetId: string): readonly Found[] {
    return prepared(
      this.#db,
      "select row, target_id as targetId, path from found where kind = ? and target_id = ? order by row",
    ).all(kind, targetId) as Found[];
  }

  count(kind: Kind): { readonly all: number; readonly active: number } {
    return prepared(
      this.#db,
      "select count(*) as 'all', coalesce(sum(is_off = 0), 0) as active from account where kind = ?",
    ).get(kind) as { all: number; active: number };
  }

  /** Accounts that were found for nobody. */
  *ofNobody(kind: Kind): Iterable<SurveyedAccount> {
    const next = prepared(
      this.#db,
      `select target_id as targetId, name, external_id as externalId, is_off as isOff from account a where kind = :kind and target_id > :after
         and not exists (select 1 from found f where f.kind = a.kind and f.target_id = a.target_id) order by target_id limit 500`,
    );
    for (let after = ""; ; ) {
      const page = next.all({ kind, after }) as SurveyedAccount[];
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.targetId;
    }
  }
}
