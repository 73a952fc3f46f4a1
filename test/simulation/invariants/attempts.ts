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
  return written
    .filter(({ sql }) => /^\s*insert into audit \(/.test(sql))
    .map(({ parameters }) => parameters[0] as AuditRow);
}

export function attemptsIn(written: readonly Written[]): readonly AuditRow[] {
  return auditRowsIn(written).filter((row) => row.event === "attempt");
}
