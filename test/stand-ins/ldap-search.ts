import { Ber, type BerReader } from "ldapts";
import { guidBytes } from "../../src/sources/active-directory/read/guid.ts";
import type { DirectoryObject, DirectoryObjects } from "./ldap-objects.ts";

/** A search request as it came (RFC 4511 4.5.1), with its controls. */
export interface SearchSeen {
  readonly base: string;
  /** 0 base, 1 one level, 2 subtree */
  readonly scope: number;
  readonly sizeLimit: number;
  readonly timeLimit: number;
  readonly matches: (object: DirectoryObject) => boolean;
  readonly attributes: readonly string[];
  /** OID -> value */
  readonly controls: ReadonlyMap<string, Buffer>;
}

type Test = (object: DirectoryObject) => boolean;

/** Reads a search request from behind its tag. */
export function readSearch(
  reader: BerReader,
  end: number,
  objects: DirectoryObjects,
  controls: ReadonlyMap<string, Buffer>,
): SearchSeen {
  const base = reader.readString() ?? "";
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  const sizeLimit = reader.readInt() ?? 0;
  const timeLimit = reader.readInt() ?? 0;
  reader.readBoolean();
  const matches = readFilter(reader, objects);
  reader.readSequence();
  const attributes: string[] = [];
  while (reader.offset < end) attributes.push(reader.readString() ?? "");
  return { base, scope, sizeLimit, timeLimit, matches, attributes, controls };
}

/** Controls of a message, from behind the tag of their list. */
export function readControls(reader: BerReader): ReadonlyMap<string, Buffer> {
  const controls = new Map<string, Buffer>();
  const end = reader.offset + reader.length;
  while (reader.offset < end) {
    reader.readSequence();
    const last = reader.offset + reader.length;
    const oid = reader.readString() ?? "";
    if (reader.peek() === Ber.Boolean) reader.readBoolean();
    const value = reader.offset < last ? reader.readString(Ber.OctetString, true) : null;
    controls.set(oid, Buffer.from(value ?? Buffer.alloc(0)));
  }
  return controls;
}

/** The filters that the source uses; any other one is an error of the test. Values are compared as bytes without regard to case. */
function readFilter(reader: BerReader, objects: DirectoryObjects): Test {
  const tag = reader.peek() ?? 0;
  if (tag === 0x87) {
    reader.readString(0x87);
    return () => true;
  }
  reader.readSequence();
  const end = reader.offset + reader.length;
  if (tag === 0xa0 || tag === 0xa1) {
    const parts: Test[] = [];
    while (reader.offset < end) parts.push(readFilter(reader, objects));
    return tag === 0xa0
      ? (object) => parts.every((part) => part(object))
      : (object) => parts.some((part) => part(object));
  }
  const name = (reader.readString() ?? "").toLowerCase();
  const value = Buffer.from(reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0));
  if (tag === 0xa3) return (object) => valuesOf(object, name).some((one) => same(one, value));
  if (tag === 0xa5 && name === "usnchanged") {
    return (object) => objects.changed(object) >= Number(value.toString());
  }
  throw new Error(`the stand-in does not know the filter 0x${tag.toString(16)}`);
}

function valuesOf(object: DirectoryObject, name: string): readonly Buffer[] {
  return object.attributes.get(name)?.value ?? [];
}

function same(one: Buffer, other: Buffer): boolean {
  return one.equals(other) || one.toString().toLowerCase() === other.toString().toLowerCase();
}

/** The object that a base names, by DN or by GUID. */
export function objectAt(objects: DirectoryObjects, base: string): DirectoryObject | undefined {
  const guid = /^<GUID=([^>]+)>$/i.exec(base)?.[1];
  if (guid !== undefined && guidBytes(guid) !== undefined) return objects.all.get(guid.toLowerCase());
  const wanted = base.toLowerCase().replaceAll(", ", ",");
  return [...objects.all.values()].find(({ dn }) => dn.toLowerCase() === wanted);
}

export function within(object: DirectoryObject, base: DirectoryObject, scope: number): boolean {
  if (scope === 0) return object === base;
  const isBelow = object.dn.toLowerCase().endsWith(`,${base.dn.toLowerCase()}`);
  return scope === 1
    ? isBelow && !object.dn.slice(0, -base.dn.length - 1).includes(",")
    : isBelow || object === base;
}
