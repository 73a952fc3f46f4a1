/** Why an undo writes something, for the audit trail; known again by its beginning. */
export function undoReason(run: number, reason: string): string {
  return `${beginning(run)}${reason}`;
}

/** True for what an undo of that run has written: one that was cut off and is begun anew goes on where it ended. */
export function isUndoOf(run: number, reason: string): boolean {
  return reason.startsWith(beginning(run));
}

function beginning(run: number): string {
  return `undo of run ${run}: `;
}
