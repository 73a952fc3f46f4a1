import type { Written } from "../world/process.ts";

/** A row of the audit trail as it went to the disk. */
export interface AuditRow {
  readonly seq: number;
  readonly run: number;
  readonly event: "attempt" | "outcome" | "approval";
  /** For an outcome: the attempt's number. */
  readonly attempt: number | null;
  /** Number of the row. */
  readonly resource: number;
  readonly kind: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly action: string;
  readonly outcome: string | null;
}

/** The rows of the audit trail in a commit. */
export function auditRowsIn(written: readonly Written[]): readonly AuditRow[] {
  return written.flatMap(({ sql, parameters }) => {
    const [, columns] = /^\s*insert into audit \(([^)]*)\)/.exec(sql) ?? [];
    if (columns === undefined) return [];
    const named = columns.split(",").map((column, at) => [column.trim(), parameters[at]]);
    const { source_id: sourceId, target_id: targetId, ...row } = Object.fromEntries(named);
    return [{ ...row, sourceId, targetId } as AuditRow];
  });
}

export function attemptsIn(written: readonly Written[]): readonly AuditRow[] {
  return auditRowsIn(written).filter((row) => row.event === "attempt");
}
