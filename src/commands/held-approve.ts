import { whoAmI } from "../connection.ts";
import type { Hold } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import { answer, approveChanges } from "./held-answer.ts";
import { changesUnder, type HeldChange } from "./held-choice.ts";
import type { Invocation } from "./invocation.ts";

/**
 * `rollcall held approve`: a person's yes to what is held, as it stands now. The next sync lets through what is still the same; what changed or
 * came later waits under a new hold.
 */
export async function run(invocation: Invocation): Promise<number> {
  return answer(invocation, "approve");
}

/** A yes to everything under one hold, by the person at the keyboard. */
export function approve(
  store: Store,
  hold: Hold,
  reason: string,
  at: number,
): { readonly objects: readonly HeldChange[] } {
  const objects = changesUnder(store, hold);
  approveChanges(store, objects, { actor: whoAmI(), reason, at });
  return { objects };
}
