import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** There is room for so many members at a time until it is known whether their lists are as before: 32 MB. */
const mostKept = 2_000_000;

/**
 * The lists of members of one read. What a group listed last time is known by a sum that depends neither on the order of its members nor on the pieces
 * in which they come: where it comes out again, nobody has to be looked up. It stands in the group's row in the place of a seal, and falls as one.
 * Members whose ids are no GUIDs are always taken one by one.
 */
export class MemberLists {
  readonly #isBelieved: boolean;
  readonly #sealOf: ReturnType<typeof prepared>;
  readonly #lists = new Map<number, MemberList>();
  /** How many of each are kept. */
  readonly #waiting = new Map<number, number>();
  #room = 0;

  constructor(db: Db, isBelieved: boolean) {
    this.#isBelieved = isBelieved;
    this.#sealOf = prepared(db, "select seal from resource where id = ?").pluck();
  }

  get isUsed(): boolean {
    return this.#lists.size > 0;
  }

  /**
   * What is to be done with members that a group's list names: nothing yet, as the list may turn out to be what it was ("waiting"); nothing at all, as
   * it has ended and is what it was ("same"); or to take them one by one, after those that waited ("taken"). `isBegun`: this read knows of
   * members of the group by something else than its list.
   */
  listed(
    group: number,
    ids: readonly string[],
    { last, isBegun }: { readonly last: boolean; readonly isBegun: boolean },
  ): "waiting" | "same" | "taken" {
    const list = this.#lists.get(group) ?? (isBegun ? undefined : this.#begin(group));
    if (list === undefined) return "taken";
    const isKept = list.add(ids);
    const before = this.#waiting.get(group);
    if (before === undefined || !isKept) return "taken";
    if (last && !list.isAsBefore) return "taken";
    this.#waiting.set(group, before + ids.length);
    if (!last) return "waiting";
    this.#release(group, list);
    return "same";
  }

  /** Members that wait: from now on they do not. */
  waited(group: number): readonly string[] {
    const list = this.#lists.get(group);
    const count = this.#waiting.get(group);
    if (list === undefined || count === undefined) return [];
    const ids = list.kept(count);
    this.#release(group, list);
    return ids;
  }

  /** Groups with members that wait. */
  get waiting(): readonly number[] {
    return [...this.#waiting.keys()];
  }

  /** Not all members of the group are what its list says. */
  spoil(group: number): void {
    this.#lists.get(group)?.spoil();
  }

  /** By what the list of a group is known the next time; undefined where it cannot be, or keeps what it has. */
  sealOf(group: number, isWritten: boolean): string | undefined {
    const list = this.#lists.get(group);
    return this.#isBelieved && !isWritten && list?.hadSeal === true ? undefined : list?.seal;
  }

  #begin(group: number): MemberList {
    const seal = this.#sealOf.get(group) as string | null | undefined;
    const list = new MemberList(seal ?? undefined, this.#isBelieved ? mostKept - this.#room : 0);
    this.#lists.set(group, list);
    if (list.isKept) this.#waiting.set(group, 0);
    this.#room += list.room;
    return list;
  }

  #release(group: number, list: MemberList): void {
    this.#waiting.delete(group);
    this.#room -= list.room;
    list.drop();
  }
}

/** The members of one group, as this read lists them. */
class MemberList {
  readonly hadSeal: boolean;
  readonly #sealBefore: string | undefined;
  readonly #sum = new Uint32Array(4);
  #count = 0;
  #isPlain = true;
  /** GUIDs, four words each, as many as there were; undefined: they are not kept. */
  #kept: Uint32Array | undefined;

  /** `seal`: what it was, where that is known; `mostKept`: so many members at most may wait. */
  constructor(seal: string | undefined, mostKept: number) {
    this.hadSeal = seal !== undefined;
    const [, count] = /^members (\d+) /.exec(seal ?? "") ?? [];
    if (count === undefined || Number(count) >= mostKept) return;
    this.#sealBefore = seal;
    this.#kept = new Uint32Array(Number(count) * 4);
  }

  get isKept(): boolean {
    return this.#kept !== undefined;
  }

  /** So many can be kept. */
  get room(): number {
    return (this.#kept?.length ?? 0) / 4;
  }

  get isAsBefore(): boolean {
    return this.isKept && this.#sealBefore === this.seal;
  }

  /** Undefined where the list has no sum. */
  get seal(): string | undefined {
    return this.#isPlain ? `members ${this.#count} ${[...this.#sum].map(hex).join("")}` : undefined;
  }

  /** False where they could not all be kept. */
  add(ids: readonly string[]): boolean {
    const kept = this.#kept;
    const fits = kept !== undefined && (this.#count + ids.length) * 4 <= kept.length;
    for (const id of ids) {
      this.#isPlain &&= readWords(id, words);
      if (!this.#isPlain) return false;
      if (fits) kept.set(words, this.#count * 4);
      this.#count += 1;
      mix(words);
      for (let lane = 0; lane < 4; lane++) this.#sum[lane] = (this.#sum[lane] ?? 0) + (words[lane] ?? 0);
    }
    return fits;
  }

  /** The first ones that were kept. */
  kept(count: number): readonly string[] {
    const kept = this.#kept ?? words;
    return Array.from({ length: count }, (_, at) => guid(kept.subarray(at * 4, at * 4 + 4)));
  }

  spoil(): void {
    this.#isPlain = false;
  }

  drop(): void {
    this.#kept = undefined;
  }
}

/** Of the GUID that is looked at. */
const words = new Uint32Array(4);

const DASH = 0x2d;

/** False for anything but a GUID in lower case with dashes. */
function readWords(id: string, into: Uint32Array): boolean {
  if (id.length !== 36) return false;
  let word = 0;
  let digits = 0;
  for (let at = 0; at < 36; at++) {
    const code = id.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== DASH) return false;
      continue;
    }
    const digit =
      code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
    if (digit < 0) return false;
    word = (word << 4) | digit;
    digits += 1;
    if (digits % 8 === 0) into[digits / 8 - 1] = word;
  }
  return true;
}

function guid(four: Uint32Array): string {
  const digits = [...four].map(hex).join("");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-");
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Makes four words others, of which every bit depends on every bit, and no two the same: sums of theirs are as good as random. */
function mix(four: Uint32Array): void {
  let last = four[3] ?? 0;
  for (let step = 0; step < 12; step++) {
    last = stirred((four[step & 3] ?? 0) ^ last);
    four[step & 3] = last;
  }
}

function stirred(word: number): number {
  let next = word ^ (word >>> 16);
  next = Math.imul(next, 0x7feb352d);
  next ^= next >>> 15;
  next = Math.imul(next, 0x846ca68b);
  return (next ^ (next >>> 16)) >>> 0;
}
