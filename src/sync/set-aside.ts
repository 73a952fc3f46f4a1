import type { WideRow } from "../store/rows.ts";
import { nextTryOf } from "./retry.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Sets one person or group aside that cannot be handled now; no call is under way for it. Others go on. */
export function fail(
  work: Work,
  row: WideRow,
  action: string,
  code: string,
  message: string,
  tally: Tally,
  retry?: number,
): void {
  const now = work.clock.now();
  work.store.outcomes.fail(now, row.id, code, message, retry ?? nextTryOf(work, row));
  tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action, message });
  tally.setAside(row.id);
}
