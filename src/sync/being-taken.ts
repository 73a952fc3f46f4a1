import type { WideRow } from "../store/rows.ts";
import type { Work } from "./work.ts";

/**
 * True while the account of somebody who left is being taken over by somebody else of ours, and that call got no answer yet: it may be theirs
 * by now, and what is found there is no hand edit.
 */
export function isBeingTaken({ config, store }: Work, { kind, targetId, sourceId }: WideRow): boolean {
  const owner = targetId === null ? undefined : store.claims.owner(kind, targetId);
  if (owner === undefined || owner.connection !== config.name || owner.sourceId === sourceId) return false;
  const heir = store.comparison.bySourceId(kind, owner.sourceId);
  return heir !== undefined && heir.doubt !== null;
}
