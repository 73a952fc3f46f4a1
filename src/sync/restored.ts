import { ConnectionError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** The state was put back from a backup, and not everything was looked at since: what it holds to be so may long be otherwise. */
export function isRestored({ meta }: Pick<Store, "meta">): boolean {
  return (meta.get("restored") ?? "") !== "";
}

/**
 * After a restore nothing is written before everything was read from the directory and compared with the target: then it is a state like any other.
 * `sawEverything`: this run did both, and nothing went wrong. Else it gives the reason why this run writes nothing.
 */
export function settleRestored(
  { meta }: Pick<Store, "meta">,
  sawEverything: boolean,
): ConnectionError | undefined {
  if (!isRestored({ meta })) return undefined;
  if (sawEverything) {
    meta.set("restored", "");
    return undefined;
  }
  return new ConnectionError(
    "the state was restored from a backup: nothing is written before everything was read and compared once",
    { hint: "sync everybody first: rollcall sync" },
  );
}
