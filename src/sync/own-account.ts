import { ItemError, TransientError } from "../errors.ts";
import { z } from "../zod.ts";
import type { Work } from "./work.ts";

/** What the target said last; null: it does not say. */
const answer = z.object({ id: z.string().nullable(), at: z.number() });

/** So long an answer is believed, in ms: a token may be replaced by another account's. */
const believedForMs = 24 * 3_600_000;

/** The account that our own login at the target belongs to, as it was last told; undefined where it never was. */
export function ownAccountOf({ store }: Pick<Work, "store">): string | undefined {
  return stored(store)?.id ?? undefined;
}

/**
 * Asks the target, once a day, whose account our login is: switching that off would switch us off. Asked only when something is wanted of
 * accounts that are there. Never in anybody's way: a target that cannot say is asked again another day.
 */
export async function askOwnAccount(work: Work): Promise<void> {
  const { target, store, clock } = work;
  if (target.me === undefined || !store.pending.somethingLinked) return;
  const known = stored(store);
  if (known !== undefined && known.at <= clock.now() && clock.now() - known.at < believedForMs) return;
  try {
    const id = await target.me(work.abort);
    store.meta.set("own_account", JSON.stringify({ id: id ?? null, at: clock.now() }));
  } catch (error) {
    work.abort.throwIfAborted();
    // What was known stays known; a service without the endpoint is not asked again today.
    if (error instanceof TransientError) return;
    const id = error instanceof ItemError ? null : (known?.id ?? null);
    store.meta.set("own_account", JSON.stringify({ id, at: clock.now() }));
    work.log.debug({ connection: work.config.name, error }, "the target does not say whose login this is");
  }
}

function stored(store: Work["store"]): z.infer<typeof answer> | undefined {
  const text = store.meta.get("own_account");
  return text === undefined ? undefined : answer.parse(JSON.parse(text));
}
