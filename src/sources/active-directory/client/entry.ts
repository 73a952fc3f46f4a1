import { Ber, type BerReader } from "ldapts";

const SEQUENCE = 0x30;
const SET = 0x31;

/** Filled for each entry anew: lists that grow would leave more behind than an entry takes. */
const names: string[] = [];
const places: number[] = [];
const before = [0];

/**
 * One object as the server sent it. It stays as it came: where its values stand is noted, and one becomes text or bytes when it is asked for,
 * because whether a value is text is a matter of the attribute, not of its bytes. Names are in lower case with their options
 * ("member;range=0-1499"). A name that is missing was not sent; one with no values was sent empty (in DirSync: cleared).
 */
export class Entry {
  /** As sent, e.g. "<GUID=...>;<SID=...>;CN=Ann,DC=corp,DC=example". */
  readonly name: string;
  readonly names: readonly string[];
  /** True when one of the names has an option. */
  readonly hasOptions: boolean;
  readonly #bytes: Buffer;
  /** Where each value begins and ends. */
  readonly #places: readonly number[];
  /** Of the places, how many come before those of each name; and all. */
  readonly #before: readonly number[];

  /**
   * Reads what follows the tag of a SearchResultEntry (RFC 4511 4.5.2). The library's own reading is not used, because it makes a text of
   * every value first, which takes more time than all the rest, and goes on for ever where a length is wrong.
   */
  constructor(reader: BerReader) {
    let [named, placed] = [0, 0];
    let hasOptions = false;
    this.name = textIn(reader);
    const end = into(reader, SEQUENCE);
    while (reader.offset < end) {
      into(reader, SEQUENCE);
      const name = lowerCase(textIn(reader));
      hasOptions ||= name.includes(";");
      names[named] = name;
      const last = into(reader, SET);
      while (reader.offset < last) {
        const until = into(reader, Ber.OctetString);
        places[placed++] = reader.offset;
        places[placed++] = until;
        reader.offset = until;
      }
      before[++named] = placed;
    }
    this.names = names.slice(0, named);
    this.hasOptions = hasOptions;
    this.#bytes = reader.buffer;
    this.#places = places.slice(0, placed);
    this.#before = before.slice(0, named + 1);
  }

  /** Undefined where the name was not sent. */
  get(name: string): Values | undefined {
    const at = this.names.indexOf(name);
    if (at < 0) return undefined;
    return new Values(this.#bytes, this.#places, this.#before[at] ?? 0, this.#before[at + 1] ?? 0);
  }

  /** How many values were sent under a name. */
  count(name: string): number {
    return this.get(name)?.count ?? 0;
  }

  /** The first value as text, for attributes that are text by their schema; undefined when not sent or empty. */
  text(name: string): string | undefined {
    return this.get(name)?.text(0);
  }

  texts(name: string): readonly string[] {
    const values = this.get(name);
    return values?.map((index) => values.text(index)) ?? [];
  }
}

/** The values of one name of an entry. */
export class Values {
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #places: readonly number[];
  readonly #first: number;

  constructor(bytes: Buffer, places: readonly number[], first: number, end: number) {
    this.count = (end - first) / 2;
    this.#bytes = bytes;
    this.#places = places;
    this.#first = first;
  }

  /** What is not UTF-8 is replaced. */
  text(index: number): string | undefined {
    if (index >= this.count) return undefined;
    const at = this.#first + 2 * index;
    return this.#bytes.toString("utf8", this.#places[at], this.#places[at + 1]);
  }

  bytes(index: number): Buffer | undefined {
    if (index >= this.count) return undefined;
    const at = this.#first + 2 * index;
    return this.#bytes.subarray(this.#places[at], this.#places[at + 1]);
  }

  /** What `read` makes of each value; those of which it makes nothing are left out. */
  map<T>(read: (index: number) => T | undefined): readonly T[] {
    return Array.from({ length: this.count }, (_, index) => read(index)).filter((one) => one !== undefined);
  }
}

/** How many names are remembered; ranges have endless ones. */
const MOST_NAMES = 500;
const lower = new Map<string, string>();

/** The same text each time: entries have the same names over and over again. */
function lowerCase(name: string): string {
  let known = lower.get(name);
  if (known === undefined) {
    known = name.toLowerCase();
    if (lower.size < MOST_NAMES) lower.set(name, known);
  }
  return known;
}

/** As the library's readString, without a Buffer for each. */
function textIn(reader: BerReader): string {
  const end = into(reader, Ber.OctetString);
  const text = reader.buffer.toString("utf8", reader.offset, end);
  reader.offset = end;
  return text;
}

/** Goes on inside; returns where it ends. */
function into(reader: BerReader, tag: number): number {
  whole(reader.readSequence(tag));
  whole(reader.length >= 0 && reader.length <= reader.remain ? reader : null);
  return reader.offset + reader.length;
}

function whole<T>(read: T | null): T {
  if (read === null) throw new RangeError("a part of an entry is longer than the whole");
  return read;
}
