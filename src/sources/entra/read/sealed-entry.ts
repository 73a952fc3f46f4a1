import { hash } from "node:crypto";
import type { Kind } from "../../../scim/resource.ts";
import type { Change, Sealed } from "../../source.ts";
import type { Entry, RawEntry } from "../client/entries.ts";
import { wholeChanges } from "./objects.ts";
import type { Reading } from "./reading.ts";

/** How entries are read: another number where the same entry is to say something else than it said before. */
const READER = 1;

/** An entry of a read of everybody that nobody has taken apart. */
export class SealedEntry implements Sealed {
  readonly type = "sealed";
  readonly kind: Kind;
  readonly #reading: Reading;
  readonly #entry: RawEntry;
  readonly #ground: string;

  constructor(kind: Kind, reading: Reading, entry: RawEntry, ground: string) {
    this.kind = kind;
    this.#reading = reading;
    this.#entry = entry;
    this.#ground = ground;
  }

  get id(): string {
    return this.#entry.id;
  }

  get seal(): string {
    return this.#entry.digest + this.#ground;
  }

  open(): readonly Change[] {
    return wholeChanges(this.#reading, this.kind, this.#entry.document());
  }

  /** False when that word stands nowhere in it, however it is written. */
  mayHold(word: string): boolean {
    return this.#entry.isEscaped || this.#entry.has(word);
  }
}

/** Seals the entries of a reading; undefined where an entry has to be taken apart to know of whom it tells. */
export function sealer(reading: Reading): (kind: Kind, entry: Entry) => SealedEntry | undefined {
  const ground = (kind: Kind) =>
    hash("sha256", JSON.stringify([READER, kind, reading.select[kind]]), "base64").slice(0, 8);
  const grounds = { user: ground("user"), group: ground("group") };
  return (kind, { raw }) =>
    raw === undefined ? undefined : new SealedEntry(kind, reading, raw, grounds[kind]);
}
