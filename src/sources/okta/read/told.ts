import { createHash } from "node:crypto";
import type { Json } from "../../../scim/resource.ts";

/** What was told of an object lately: when it moved (ms), a digest of it, and for groups the date and digest of the members. */
export type Entry =
  | readonly [at: number, record: string]
  | readonly [at: number, record: string, membersAt: number, members: string];
export type Entries = Readonly<Record<string, Entry>>;

/** The digest of somebody who is gone. */
export const GONE = "gone";

/** More is not remembered: then the next read repeats itself, which does no harm. */
const MOST = 20_000;

/**
 * Each read looks back over minutes, because dates in Okta appear late. What was told already is remembered for that long: so that a
 * quiet organisation tells nothing, and a search index that lags behind never takes back what a later answer said.
 */
export class Told {
  readonly #before: ReadonlyMap<string, Entry>;
  readonly #now = new Map<string, Entry>();
  readonly #since: number;

  /** `since`: where the next read will begin, ms. */
  constructor(before: Entries, since: number) {
    this.#before = new Map(Object.entries(before));
    this.#since = since;
    for (const [id, entry] of this.#before) this.set(id, entry);
  }

  get(id: string): Entry | undefined {
    return this.#now.get(id) ?? this.#before.get(id);
  }

  set(id: string, entry: Entry): void {
    if (entry[0] >= this.#since) this.#now.set(id, entry);
    else this.#now.delete(id);
  }

  get entries(): Entries {
    return this.#now.size > MOST ? {} : Object.fromEntries(this.#now);
  }
}

/** Eleven characters that are the same for the same content. */
export function digestOf(content: Json): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 11);
}

/** The same for the same set, whatever the order. */
export function digestOfSet(ids: readonly string[]): string {
  return digestOf([...ids].sort());
}
