import { BerReader } from "ldapts";
import { guidBytes } from "../../src/sources/active-directory/read/guid.ts";
import { type Control, dirSyncControl, pagingControl, type Shown } from "./ldap-answer.ts";
import type { DirectoryObject, DirectoryObjects } from "./ldap-objects.ts";
import { objectAt, type SearchSeen, within } from "./ldap-search.ts";

/** Limits and rights of the domain controller; Windows' defaults unless a test says otherwise. */
export interface Rules {
  maxValRange: number;
  maxPageSize: number;
  /** Entries per DirSync answer. */
  dirSyncRound: number;
  mayReplicate: boolean;
  /** An empty page with a cookie comes before each page. */
  emptyPages: boolean;
  invocationId: string;
  isSynchronized: boolean;
  /** What a DirSync search with a cookie ends with, instead of an answer. */
  cookieRefused?: { readonly code: number; readonly diagnostic: string };
  /** Answers a cookie with everything, without a word, as Samba does with one of another database. */
  forgetsCookies?: boolean;
}

export interface Answer {
  readonly entries: readonly { readonly dn: string; readonly shown: Shown }[];
  readonly code: number;
  readonly diagnostic?: string;
  readonly controls?: readonly Control[];
}

const PAGING = "1.2.840.113556.1.4.319";
const DIRSYNC = "1.2.840.113556.1.4.841";
const EXTENDED_DN = "1.2.840.113556.1.4.529";
const SHOW_DELETED = "1.2.840.113556.1.4.417";
const NTDS = "CN=NTDS Settings,CN=DC1,CN=Servers,CN=Configuration,DC=stand,DC=example";

export function answerTo(objects: DirectoryObjects, rules: Rules, search: SearchSeen): Answer {
  if (search.base === "") return { entries: [{ dn: "", shown: rootDse(objects, rules) }], code: 0 };
  if (search.base === NTDS) {
    return {
      entries: [{ dn: NTDS, shown: [["invocationId", [guidBytes(rules.invocationId) ?? ""]]] }],
      code: 0,
    };
  }
  const base = objectAt(objects, search.base);
  const showsDeleted = search.controls.has(SHOW_DELETED);
  if (base === undefined || objects.hidden.objects.has(base.guid) || (base.deleted && !showsDeleted)) {
    return {
      entries: [],
      code: 32,
      diagnostic: "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT)",
    };
  }
  const found = visible(objects).filter(
    (object) =>
      (showsDeleted || !object.deleted) && within(object, base, search.scope) && search.matches(object),
  );
  const dirSync = search.controls.get(DIRSYNC);
  if (dirSync !== undefined) return dirSyncAnswer(objects, rules, search, base, dirSync);
  const shown = found.map((object) => entryOf(objects, rules, search, object));
  const paging = search.controls.get(PAGING);
  if (paging !== undefined) return page(rules, shown, paging);
  if (shown.length <= rules.maxPageSize) return { entries: shown, code: 0 };
  return { entries: shown.slice(0, rules.maxPageSize), code: 4, diagnostic: "size limit" };
}

function visible(objects: DirectoryObjects): DirectoryObject[] {
  return [...objects.all.values()].filter(({ guid }) => !objects.hidden.objects.has(guid));
}

function rootDse(objects: DirectoryObjects, rules: Rules): Shown {
  const root = `<GUID=${objectAt(objects, objects.root)?.guid}>;<SID=${objects.sid}>;${objects.root}`;
  return [
    ["defaultNamingContext", [root]],
    ["namingContexts", [root, "CN=Configuration,DC=stand,DC=example"]],
    ["dsServiceName", [NTDS]],
    ["dnsHostName", ["dc1.stand.example"]],
    ["highestCommittedUSN", [String(objects.usn)]],
    ["currentTime", ["20261122081531.0Z"]],
    ["isSynchronized", [rules.isSynchronized ? "TRUE" : "FALSE"]],
  ];
}

/** One page; the cookie is the number of the next entry. */
function page(rules: Rules, shown: Answer["entries"], control: Buffer): Answer {
  const reader = new BerReader(control);
  reader.readSequence();
  const size = Math.min(reader.readInt() ?? 0, rules.maxPageSize);
  const cookie = reader.readString() ?? "";
  const [start, isEmpty] =
    cookie === "" ? [0, rules.emptyPages] : [Number.parseInt(cookie, 10), cookie.endsWith("empty")];
  if (isEmpty) return { entries: [], code: 0, controls: [pagingControl(Buffer.from(`${start}`))] };
  const next = start + size;
  const more = next < shown.length ? `${next}${rules.emptyPages ? "empty" : ""}` : "";
  return { entries: shown.slice(start, next), code: 0, controls: [pagingControl(Buffer.from(more))] };
}

/** Like Windows: the flag in four bytes or not at all, the base is the naming context, several rounds, changed attributes only. */
function dirSyncAnswer(
  objects: DirectoryObjects,
  rules: Rules,
  search: SearchSeen,
  base: DirectoryObject,
  control: Buffer,
): Answer {
  const refuse = (code: number, diagnostic: string): Answer => ({ entries: [], code, diagnostic });
  const flags = /^02(..)(.*?)02/.exec(control.subarray(2).toString("hex"))?.[1];
  if (flags !== "04") return refuse(12, "00000057: LdapErr: DSID-0C090B9F, Error processing control");
  if (!rules.mayReplicate || base.dn !== objects.root) return refuse(50, "00002105: LdapErr: DSID-0C0909F4");
  const reader = new BerReader(control);
  reader.readSequence();
  reader.readInt();
  reader.readInt();
  const cookie = reader.readString() ?? "";
  if (cookie !== "") {
    if (rules.cookieRefused !== undefined)
      return refuse(rules.cookieRefused.code, rules.cookieRefused.diagnostic);
    if (!/^\d+:\d+:\d+$/.test(cookie)) return refuse(12, "0000202C: Unable to unmarshall cookie");
  }
  const [since = 0, until = objects.usn, done = 0] =
    cookie === "" || rules.forgetsCookies === true ? [] : cookie.split(":").map(Number);
  const upTo = done === 0 ? objects.usn : until;
  const changed = visible(objects)
    .filter((object) => search.matches(object) && objects.changed(object) > since)
    .map((object) => ({ dn: objects.extended(object), shown: delta(objects, search, object, since) }))
    .filter(({ shown }) => shown.length > 1);
  const entries = changed.slice(done, done + rules.dirSyncRound);
  const more = changed.length > done + rules.dirSyncRound;
  const next = more ? `${since}:${upTo}:${done + rules.dirSyncRound}` : `${upTo}:${upTo}:0`;
  return { entries, code: 0, controls: [dirSyncControl(more, Buffer.from(next))] };
}

function delta(objects: DirectoryObjects, search: SearchSeen, object: DirectoryObject, since: number): Shown {
  const shown: [string, readonly (string | Buffer)[]][] = [["objectGUID", [guidBytes(object.guid) ?? ""]]];
  for (const name of search.attributes) {
    if (objects.hidden.attributes.has(name.toLowerCase())) continue;
    const stamped = object.attributes.get(name.toLowerCase());
    if (name.toLowerCase() === "name" && object.placed > since) shown.push(["name", [nameOf(object)]]);
    if (name.toLowerCase() === "objectguid" || stamped === undefined || stamped.usn <= since) continue;
    if (stamped.value.length > 0 || since > 0) shown.push([name, stamped.value]);
  }
  if (!search.attributes.includes("member") || object.deleted) return shown;
  for (const [range, wanted] of [
    ["1-1", true],
    ["0-0", false],
  ] as const) {
    const values = [...object.members]
      .filter(([, { value, usn }]) => usn > since && value === wanted && (wanted || since > 0))
      .map(([guid]) => objects.extended(objects.get(guid)));
    if (values.length > 0) shown.push([`member;range=${range}`, values]);
  }
  return shown;
}

function entryOf(
  objects: DirectoryObjects,
  rules: Rules,
  search: SearchSeen,
  object: DirectoryObject,
): Answer["entries"][number] {
  const shown: [string, readonly (string | Buffer)[]][] = [];
  for (const name of search.attributes) {
    const [base = name, range] = name.split(";range=");
    if (objects.hidden.attributes.has(base.toLowerCase())) continue;
    if (base === "member") shown.push(...members(objects, rules, object, range));
    else if (name === "uSNChanged") shown.push([name, [String(objects.changed(object))]]);
    else if (name === "name") shown.push([name, [nameOf(object)]]);
    else {
      const values = object.attributes.get(base.toLowerCase())?.value ?? [];
      // Names come as the schema spells them, which need not be how they were asked for.
      if (values.length > 0) shown.push([base.toUpperCase(), values]);
    }
  }
  return { dn: search.controls.has(EXTENDED_DN) ? objects.extended(object) : object.dn, shown };
}

/** MaxValRange: more than that many values come in ranges only. */
function members(
  objects: DirectoryObjects,
  { maxValRange }: Rules,
  object: DirectoryObject,
  range: string | undefined,
): [string, readonly string[]][] {
  const all = [...object.members]
    .filter(([, { value }]) => value)
    .map(([guid]) => objects.extended(objects.get(guid)));
  if (range === undefined && all.length <= maxValRange) return all.length === 0 ? [] : [["member", all]];
  const from = Number.parseInt(range ?? "0", 10);
  const to = from + maxValRange;
  const name = `member;range=${from}-${to >= all.length ? "*" : to - 1}`;
  return [
    ...(range === undefined ? [["member", []] as [string, string[]]] : []),
    [name, all.slice(from, to)],
  ];
}

function nameOf({ dn }: DirectoryObject): string {
  return dn.slice(dn.indexOf("=") + 1).split(/(?<!\\),/)[0] ?? "";
}
