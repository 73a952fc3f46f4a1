/** Why an undo writes something, for the audit trail and for what it holds back; known again by its beginning. */
export function undoReason(run: number, reason: string): string {
  return `undo of run ${run}: ${reason}`;
}

/** The run that was undone and why, of a reason that was made here. */
export function undoneBy(reason: string): { readonly run: number; readonly reason: string } | undefined {
  const [, run, why] = /^undo of run (\d+): (.*)$/s.exec(reason) ?? [];
  return run === undefined || why === undefined ? undefined : { run: Number(run), reason: why };
}

/** True for what an undo of that run has written: one that was cut off and is begun anew goes on where it ended. */
export function isUndoOf(run: number, reason: string): boolean {
  return undoneBy(reason)?.run === run;
}
