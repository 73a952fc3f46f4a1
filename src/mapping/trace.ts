/** Why a row gives what it gives for one record, for `explain`: one person at a time, so it may cost more than an evaluation. */
import type { Attributes, Json } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { CompiledRow } from "./compile-row.ts";
import { EvaluationFailure } from "./value.ts";

export interface RowTrace {
  readonly path: string;
  readonly value: Json;
  /** What gave the value: the expression, its `ifEmpty`, a constant; or it gave nothing, or failed. */
  readonly by: "value" | "ifEmpty" | "constant" | "nothing" | "problem";
  /** The attributes that were read for it, as the source shows them; null where there is nothing. */
  readonly reads: Attributes;
  /** Why it failed; never holds a value. */
  readonly problem?: string;
}

export function traceRow(row: CompiledRow, record: SourceRecord): RowTrace {
  const { path } = row;
  // What chance gave was drawn when the account was worked out, and is not drawn again for a look at it.
  if (row.isVolatile) return { path, value: null, by: "value", reads: readOf(row.reads, record) };
  try {
    const value = row.evaluate(record);
    const isFallback = row.fallback?.isUsed(record) === true;
    const reads = readOf(isFallback ? row.reads : (row.fallback?.before ?? row.reads), record);
    if (row.type === "constant") return { path, value, by: "constant", reads };
    return { path, value, by: value === null ? "nothing" : isFallback ? "ifEmpty" : "value", reads };
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    return { path, value: null, by: "problem", reads: readOf(row.reads, record), problem: error.message };
  }
}

/** What the attributes hold that an expression read. */
export function readOf(names: readonly string[], record: SourceRecord): Attributes {
  return Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(record, name) ? (record[name] ?? null) : null]),
  );
}
