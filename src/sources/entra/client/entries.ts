/** A page as it came over the wire, cut into its entries: most of them came the same way last time, and need not be taken apart again. */
import { hash } from "node:crypto";
import { TransientError } from "../../../errors.ts";
import { isObject } from "../../../scim/path.ts";
import type { Json } from "../../../scim/resource.ts";
import type { Document } from "./answer.ts";

/** One element of a page's `value`, taken apart when it is asked for. */
export interface Entry {
  /** Its bytes, where they could be told apart; undefined: it is known as a document only. */
  readonly raw?: RawEntry;
  document(): Document;
}

/** A page without its entries, and these. */
export interface Pieces {
  readonly envelope: Document;
  readonly entries: readonly Entry[];
}

/** The entries of a page that was parsed as a whole. */
export function entriesOf(page: Document): readonly Entry[] | undefined {
  const { value } = page;
  if (!Array.isArray(value)) return undefined;
  return value.filter((each) => isObject(each)).map((each) => ({ document: () => each }));
}

/**
 * Cuts a page into its entries without parsing them. Undefined where it is not plainly `{ ..., "value": [{ ... }, ...], ... }`: then it has to be
 * parsed as a whole. What is cut is balanced; whether an entry is JSON shows when it is parsed.
 */
export function cut(bytes: Buffer): Pieces | undefined {
  const list = findList(bytes);
  if (list === undefined) return undefined;
  const { from, end, entries } = list;
  const envelope = parsed(`${text(bytes, 0, from)}[]${text(bytes, end, bytes.length)}`);
  return envelope === undefined ? undefined : { envelope, entries };
}

/** The JSON object that a text is; undefined for anything else. */
export function parsed(json: string): Document | undefined {
  try {
    const value = JSON.parse(json) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An entry as its place in the bytes of its page: there are many, so that each is small. */
export class RawEntry implements Entry {
  /** By the one plain `id` that stands in it. */
  readonly id: string;
  /** Something in it is written with a backslash. */
  readonly isEscaped: boolean;
  readonly #page: Buffer;
  readonly #from: number;
  readonly #end: number;

  constructor(page: Buffer, from: number, end: number, id: string, isEscaped: boolean) {
    this.#page = page;
    this.#from = from;
    this.#end = end;
    this.id = id;
    this.isEscaped = isEscaped;
  }

  get raw(): RawEntry {
    return this;
  }

  document(): Document {
    const document = parsed(text(this.#page, this.#from, this.#end));
    if (document === undefined)
      throw new TransientError("Microsoft Graph sent an entry that is not JSON", { outcome: "none" });
    return document;
  }

  /** Written in it as it stands there. */
  has(word: string): boolean {
    return this.#bytes.includes(word);
  }

  /** Tells its bytes from all others: SHA-256, cut to 132 bits. */
  get digest(): string {
    return hash("sha256", this.#bytes, "base64").slice(0, 22);
  }

  get #bytes(): Buffer {
    return this.#page.subarray(this.#from, this.#end);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const AT = 0x40;

/** Where `value` stands in the page. */
function findList(bytes: Buffer) {
  let list: { readonly from: number; readonly end: number; readonly entries: readonly Entry[] } | undefined;
  let at = afterSpace(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) return undefined;
  do {
    at = afterSpace(bytes, at + 1);
    const key = endOf(bytes, at);
    if (bytes[at] !== QUOTE || key === undefined || bytes.subarray(at, key).includes(BACKSLASH))
      return undefined;
    const isList = text(bytes, at, key) === '"value"';
    at = afterSpace(bytes, key);
    if (bytes[at] !== COLON) return undefined;
    at = afterSpace(bytes, at + 1);
    if (isList && list !== undefined) return undefined;
    if (isList) list = listAt(bytes, at);
    const end = isList ? list?.end : endOf(bytes, at);
    if (end === undefined) return undefined;
    at = afterSpace(bytes, end);
  } while (bytes[at] === COMMA);
  return bytes[at] === CLOSE_OBJECT && afterSpace(bytes, at + 1) === bytes.length ? list : undefined;
}

function listAt(bytes: Buffer, from: number) {
  const entries: Entry[] = [];
  if (bytes[from] !== OPEN_LIST) return undefined;
  let at = afterSpace(bytes, from + 1);
  if (bytes[at] === CLOSE_LIST) return { from, end: at + 1, entries };
  for (;;) {
    if (bytes[at] !== OPEN_OBJECT) return undefined;
    const entry = entryAt(bytes, at);
    if (entry === undefined) return undefined;
    entries.push(entry.entry);
    at = afterSpace(bytes, entry.end);
    if (bytes[at] === CLOSE_LIST) return { from, end: at + 1, entries };
    if (bytes[at] !== COMMA) return undefined;
    at = afterSpace(bytes, at + 1);
  }
}

/**
 * The object that begins at a place. Its id is certain where exactly one of its keys is `id`, no key of it is written with a backslash, and the value
 * is a plain text; and what says that it is gone is parsed in any case.
 */
function entryAt(bytes: Buffer, from: number): { readonly entry: Entry; readonly end: number } | undefined {
  let depth = 0;
  let isEscaped = false;
  let isPlain = true;
  let id: string | undefined;
  for (let at = from; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const begin = at + 1;
      let hasBackslash = false;
      for (let each = bytes[++at]; each !== QUOTE; each = bytes[++at]) {
        if (each === undefined) return undefined;
        if (each !== BACKSLASH) continue;
        hasBackslash = true;
        at++;
      }
      if (hasBackslash) isEscaped = true;
      if (depth !== 1 || bytes[afterSpace(bytes, at + 1)] !== COLON) continue;
      if (hasBackslash || (bytes[begin] === AT && isRemoval(bytes, begin, at))) isPlain = false;
      if (at - begin !== 2 || bytes[begin] !== 0x69 || bytes[begin + 1] !== 0x64) continue;
      const found = plainText(bytes, afterSpace(bytes, afterSpace(bytes, at + 1) + 1));
      if (found === undefined || id !== undefined) isPlain = false;
      id = found;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--;
      if (depth > 0) continue;
      const end = at + 1;
      if (isPlain && id !== undefined) return { entry: new RawEntry(bytes, from, end, id, isEscaped), end };
      const document = parsed(text(bytes, from, end));
      return document === undefined ? undefined : { entry: { document: () => document }, end };
    } else if (byte === undefined) return undefined;
  }
}

function isRemoval(bytes: Buffer, from: number, end: number): boolean {
  return text(bytes, from, end).toLowerCase() === "@removed";
}

/** A text of at least one character without a backslash. */
function plainText(bytes: Buffer, at: number): string | undefined {
  if (bytes[at] !== QUOTE) return undefined;
  const end = bytes.indexOf(QUOTE, at + 1);
  if (end <= at + 1) return undefined;
  const found = text(bytes, at + 1, end);
  return found.includes("\\") ? undefined : found;
}

/** Behind the value that begins at a place; undefined where it does not end. */
function endOf(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      if (at >= bytes.length) return undefined;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    else if (depth > 0) continue;
    else {
      // A number, true, false or null ends where something else begins.
      while (at < bytes.length && !isEnd(bytes[at])) at++;
      return at;
    }
    if (depth <= 0) return at + 1;
  }
  return undefined;
}

function isEnd(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || isSpace(byte);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

function text(bytes: Buffer, from: number, end: number): string {
  return bytes.toString("utf8", from, end);
}
