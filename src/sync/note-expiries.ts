import { isRollcallError, TransientError } from "../errors.ts";
import type { Expiry } from "../expiry.ts";
import type { Store } from "../store/store.ts";
import { z } from "../zod.ts";
import type { Work } from "./work.ts";

const expiry = z.object({
  place: z.string(),
  what: z.enum(["secret", "certificate", "server certificate", "authority"]),
  name: z.string(),
  endsAt: z.number(),
});

/** What was found out last, and when the source was asked for it. */
const noted = z.object({ askedAt: z.number(), source: z.array(expiry), target: z.array(expiry) });

type Noted = z.infer<typeof noted>;

/** So long an answer of the source is believed, in ms: it may cost a question. */
const believedForMs = 24 * 3_600_000;

/**
 * Writes down when our login and the servers' certificates end, as far as source and target have seen or can say, for status, metrics and
 * notifications. The source is asked once a day. Never in anybody's way: what cannot be found out is not known.
 */
export async function noteExpiries(
  work: Pick<Work, "source" | "target" | "store" | "clock" | "log" | "config"> & {
    readonly signal: AbortSignal;
  },
  options: { readonly askNow: boolean } = { askNow: false },
): Promise<void> {
  const { store, target, clock } = work;
  const known = read(store.meta.get("expiries"));
  const now = clock.now();
  const isBelieved = known !== undefined && known.askedAt <= now && now - known.askedAt < believedForMs;
  const asked = isBelieved && !options.askNow ? undefined : await ask(work);
  const seen = target.expiries?.() ?? [];
  const next: Noted = {
    askedAt: asked === undefined ? (known?.askedAt ?? 0) : now,
    source: [...(asked ?? known?.source ?? [])],
    target: [...(seen.length > 0 ? seen : (known?.target ?? []))],
  };
  store.meta.set("expiries", JSON.stringify(next));
}

/** Undefined: it has no answer now, and is asked again by the next cycle. */
async function ask({ source, signal, log, config }: Parameters<typeof noteExpiries>[0]) {
  if (source.expiries === undefined) return [];
  try {
    return await source.expiries(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isRollcallError(error)) throw error;
    log.debug({ connection: config.name, error }, "the source does not say when its login ends");
    return error instanceof TransientError ? undefined : [];
  }
}

/** What was written down last. */
export function notedExpiries(text: string | undefined): readonly Expiry[] {
  const known = read(text);
  return known === undefined ? [] : [...known.source, ...known.target];
}

/** The same, of a snapshot. */
export function expiriesOf({ meta }: Pick<Store, "meta">): readonly Expiry[] {
  return notedExpiries(meta.get("expiries"));
}

function read(text: string | undefined): Noted | undefined {
  return text === undefined ? undefined : noted.parse(JSON.parse(text));
}
