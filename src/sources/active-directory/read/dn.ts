/** Distinguished names (RFC 4514), parsed and normalised so that two spellings of one name compare equal. */
import { composed } from "../../../scim/composed.ts";

/** RDNs from the object up to the root, each "type=value" (several values sorted and joined by "+"). */
export type Dn = readonly string[];

const HEX = /^[0-9a-f]{2}$/i;

/** Undefined when the text is no distinguished name. The empty text is the empty name. */
export function parseDn(text: string): Dn | undefined {
  if (text.trim() === "") return [];
  const names: string[] = [];
  for (const part of splitUnescaped(text, [",", ";"])) {
    const pairs = splitUnescaped(part, ["+"]).map(normalised);
    if (pairs.some((pair) => pair === undefined)) return undefined;
    names.push(pairs.sort().join("+"));
  }
  return names;
}

/** True when `dn` is `base` or below it. */
export function isWithin(dn: Dn, base: Dn): boolean {
  const above = dn.length - base.length;
  return above >= 0 && base.every((name, index) => dn[above + index] === name);
}

/** How many parents are remembered. */
const MOST_PARENTS = 1000;

/** What is at a base or below it. Many objects have the same parent, whose name is taken apart once. */
export class Below {
  readonly #base: Dn;
  readonly #parents = new Map<string, boolean>();

  constructor(base: Dn) {
    this.#base = base;
  }

  has(dn: string): boolean {
    const first = endOfFirst(dn);
    return (first < dn.length && this.#isParentWithin(dn.slice(first + 1))) || this.#isWithin(dn);
  }

  #isParentWithin(parent: string): boolean {
    let known = this.#parents.get(parent);
    if (known === undefined) {
      if (this.#parents.size >= MOST_PARENTS) this.#parents.clear();
      known = this.#isWithin(parent);
      this.#parents.set(parent, known);
    }
    return known;
  }

  #isWithin(dn: string): boolean {
    return isWithin(parseDn(dn) ?? [], this.#base);
  }
}

/** Where the object's own part ends. */
function endOfFirst(dn: string): number {
  for (let index = 0; index < dn.length; index++) {
    const character = dn[index];
    if (character === "\\") index += 1;
    else if (character === "," || character === ";") return index;
  }
  return dn.length;
}

/** The value of the object's own part, unescaped and as it is written: "Ann Lee" of "CN=Ann Lee,DC=corp,DC=example". */
export function ownName(dn: string): string | undefined {
  const first = dn.slice(0, endOfFirst(dn));
  const at = first.indexOf("=");
  return at < 0 ? undefined : unescaped(first.slice(at + 1));
}

/** "attribute=value" in lower case with escapes resolved; undefined when it is none. */
function normalised(pair: string): string | undefined {
  const at = pair.indexOf("=");
  const type = pair.slice(0, Math.max(at, 0)).trim().toLowerCase();
  if (!/^([a-z][a-z0-9-]*|\d+(\.\d+)*)$/.test(type)) return undefined;
  const value = unescaped(pair.slice(at + 1));
  return value === undefined ? undefined : `${type}=${composed(value).toLowerCase()}`;
}

function unescaped(text: string): string | undefined {
  if (!text.includes("\\")) return text.trim();
  const bytes: Buffer[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") bytes.push(Buffer.from(plain, "utf8"));
    plain = "";
  };
  const trimmed = trimUnescaped(text);
  for (let index = 0; index < trimmed.length; index++) {
    const character = trimmed.charAt(index);
    if (character !== "\\") {
      plain += character;
      continue;
    }
    const pair = trimmed.slice(index + 1, index + 3);
    if (HEX.test(pair)) {
      flush();
      bytes.push(Buffer.from(pair, "hex"));
      index += 2;
    } else if (pair === "") {
      return undefined;
    } else {
      plain += pair.charAt(0);
      index += 1;
    }
  }
  flush();
  return Buffer.concat(bytes).toString("utf8");
}

/** Spaces around a value do not count unless escaped. */
function trimUnescaped(text: string): string {
  const left = text.trimStart();
  const right = left.trimEnd();
  const escapes = /\\*$/.exec(right)?.[0].length ?? 0;
  return escapes % 2 === 1 ? left.slice(0, right.length + 1) : right;
}

function splitUnescaped(text: string, separators: readonly string[]): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "\\") index += 1;
    else if (separators.includes(text.charAt(index))) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** What the extended-DN control makes of a name. */
export interface ExtendedDn {
  /** Lower case with dashes; undefined when the server did not send it. */
  readonly guid: string | undefined;
  readonly dn: string;
}

/** As domain controllers write them. */
const USUAL = /^<GUID=([0-9a-f-]{36})>;?(?:<SID=[^>]*>;?)?(?![;<])/;

/** Takes "<GUID=...>;<SID=...>;CN=..." apart; a plain DN comes back as it is. */
export function parseExtendedDn(text: string): ExtendedDn {
  if (!text.startsWith("<")) return { guid: undefined, dn: text };
  const usual = USUAL.exec(text);
  if (usual !== null) return { guid: usual[1], dn: text.slice(usual[0].length) };
  let rest = text;
  let guid: string | undefined;
  for (;;) {
    const [whole, key, value] = /^<(GUID|SID|WKGUID)=([^>]*)>;?/i.exec(rest) ?? [];
    if (whole === undefined) return { guid, dn: rest };
    if (key?.toUpperCase() === "GUID") guid = value?.toLowerCase();
    rest = rest.slice(whole.length);
  }
}
