import { Ber, type BerReader } from "ldapts";

/**
 * One object as the server sent it: bytes only, because whether a value is text is a matter of the attribute, not of its bytes.
 * Names are in lower case with their options ("member;range=0-1499"). A name that is missing was not sent; one with no
 * values was sent empty (in DirSync: cleared).
 */
export interface Entry {
  /** As sent, e.g. "<GUID=...>;<SID=...>;CN=Ann,DC=corp,DC=example". */
  readonly name: string;
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
  /** True when a name has an option. */
  readonly hasOptions: boolean;
}

const SEQUENCE = 0x30;
const SET = 0x31;

/**
 * Reads what follows the tag of a SearchResultEntry (RFC 4511 4.5.2). The library's own reading is not used, because it makes a text of every
 * value first, which takes more time than all the rest, and goes on for ever where a length is wrong.
 */
export function readEntry(reader: BerReader): Entry {
  const name = whole(reader.readString());
  const values = new Map<string, readonly Buffer[]>();
  let hasOptions = false;
  const end = into(reader, SEQUENCE);
  while (reader.offset < end) {
    into(reader, SEQUENCE);
    const type = whole(reader.readString()).toLowerCase();
    hasOptions ||= type.includes(";");
    values.set(type, readValues(reader));
  }
  return { name, values, hasOptions };
}

function readValues(reader: BerReader): readonly Buffer[] {
  const end = into(reader, SET);
  const values: Buffer[] = [];
  while (reader.offset < end) values.push(whole(reader.readString(Ber.OctetString, true)));
  return values;
}

/** Goes on inside; returns where it ends. */
function into(reader: BerReader, tag: number): number {
  whole(reader.readSequence(tag));
  return reader.offset + reader.length;
}

function whole<T>(read: T | null): T {
  if (read === null) throw new RangeError("a part of an entry is longer than the whole");
  return read;
}

/** The first value as text, for attributes that are text by their schema; undefined when not sent or empty. */
export function textOf(entry: Entry, name: string): string | undefined {
  return entry.values.get(name.toLowerCase())?.[0]?.toString("utf8");
}

export function textsOf(entry: Entry, name: string): readonly string[] {
  return (entry.values.get(name.toLowerCase()) ?? []).map((value) => value.toString("utf8"));
}
