/** What the rest of Rollcall knows of a mapping: compiled once, evaluated for every record. Implemented by compile.ts. */
import type { Attributes, Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";

/** One row as the admin wrote it (or as the default has it), for `explain`, `attributes` and messages. */
export interface Row {
  /** SCIM path of the target. */
  readonly path: string;
  readonly type: "expression" | "constant" | "reference";
  /** The expression's text, or the constant as JSON. */
  readonly text: string;
  readonly write: "always" | "onCreate" | "ifPresent";
  /** file:line:column */
  readonly where: string;
}

/** What the mapping makes of one record. */
export interface Mapped {
  /**
   * `write: always` rows without `active` and references; null where the value is empty. Rows of `ifPresent` only where there is one.
   * In the compiled order: equal content, equal JSON.
   */
  readonly attributes: Attributes;
  /** `write: onCreate` rows; only non-empty values. */
  readonly onCreate: Attributes;
  /** What the `active` row said; undefined when the mapping has none (then everybody found is active). */
  readonly active: boolean | undefined;
  /** Reference rows (manager): SCIM path -> source id, or null. */
  readonly references: Readonly<Record<string, string | null>>;
  /** Rows that failed for this record, or gave nothing where an account needs a value; then the record is not applied. Messages never hold a value. */
  readonly problems: readonly { readonly path: string; readonly message: string; readonly where: string }[];
}

/** What a row that is written once, when an account is made, may draw on. */
export interface Occasion {
  /** ms since 1970 UTC */
  readonly now: number;
  /** Chance for the row at a path: a whole number from 0 up to, but not including, the bound. */
  random(path: string): (bound: number) => number;
}

export interface Verdict {
  readonly inScope: boolean;
  /** The expression that decided, or "no scope rule", with file:line:column. */
  readonly rule: string;
  /**
   * The rule cannot be evaluated for this record: neither verdict would be safe. The person counts as in scope, so that nobody is
   * deactivated by a mistake, and must be set aside like a person whose mapping failed. Never holds a value.
   */
  readonly problem?: string;
}

export interface Mapping {
  /** Changes when a row, a scope rule or the meaning of a function changes; stored with the snapshot. */
  readonly digest: string;
  /** The same without what the followed rows say: as long as it stays, an edit of such a row changes the value at its path and nothing else. */
  readonly rest: string;
  /** Followed rows, SCIM path -> what they say: written always, neither `active` nor a reference. */
  followed(kind: Kind): ReadonlyMap<string, string>;
  /** What followed rows give, at these paths alone; undefined where one of them fails. */
  values(kind: Kind, paths: readonly string[], attributes: SourceRecord): Attributes | undefined;
  /** Source attributes that rows and scope read, sorted. */
  readonly reads: { readonly user: readonly string[]; readonly group: readonly string[] };
  /** SCIM paths to match existing accounts by, in order. */
  readonly match: { readonly user: readonly string[]; readonly group: readonly string[] };
  rows(kind: Kind): readonly Row[];
  /** The same record gives the same, but for what `onCreate` rows draw from the occasion. */
  evaluate(kind: Kind, attributes: SourceRecord, occasion?: Occasion): Mapped;
  scope(kind: Kind, attributes: SourceRecord): Verdict;
}
