/** Whether what a target holds is what we want there: a target's own spelling must not look like a change. */
import { composed } from "./composed.ts";
import { fold } from "./filter.ts";
import { elements, isMultiValued, isObject, isReference, member, type Path } from "./path.ts";
import type { Json } from "./resource.ts";

/** Nothing there: missing, null, "", white space, an empty list, an object of nothing but such. */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  if (typeof value !== "object") return false;
  return (Array.isArray(value) ? value : Object.values(value)).every(isEmpty);
}

/**
 * True when both say the same at this path. Not a difference: missing, null, "" and []; white space at the ends; composed or decomposed letters;
 * case in user names, e-mail addresses, languages and countries; "True" for true; `primary: false` left out; CRLF; a telephone number as URI (RFC 3966); the same moment
 * with another zone or without a fraction; the order of a list; what a service adds to an element by itself (display, $ref, ...).
 */
export function sameValue(path: Path, ours: Json | undefined, theirs: Json | undefined): boolean {
  // Most values of most people are what they were: nothing has to be spelled alike for that.
  if (ours === theirs) return true;
  if (isEmpty(ours) || isEmpty(theirs)) {
    const isDefault = path.sub === "primary" && (ours ?? theirs) === false;
    return isDefault || isEmpty(ours) === isEmpty(theirs);
  }
  const caseless = isCaseless(path);
  if (isPhone(path) && typeof ours === "string" && typeof theirs === "string")
    return text(ours) === text(theirs) || samePhone(ours, theirs);
  if (isReference(path)) return same(plain(ours), plain(theirs), caseless);
  if (isMultiValued(path) && path.filter === undefined)
    return sameSet(elements(ours).map(asElement), elements(theirs).map(asElement), caseless);
  return same(ours, theirs, caseless);
}

/** An element of a multi-valued attribute: a bare text is short for `{ value: text }`. */
export function asElement(value: Json): Json {
  return typeof value === "object" && value !== null ? value : { value };
}

function isCaseless(path: Path): boolean {
  if (path.extension !== undefined) return false;
  if (path.attribute === "emails") return (path.sub ?? "value") === "value";
  if (path.attribute === "addresses") return path.sub === "country";
  return ["userName", "preferredLanguage", "locale"].includes(path.attribute);
}

function isPhone(path: Path): boolean {
  return path.extension === undefined && path.attribute === "phoneNumbers" && path.sub === "value";
}

/** `tel:+1-201-555-0123`: in a URI of a telephone number (RFC 3966 3) what divides its digits means nothing. */
function samePhone(ours: string, theirs: string): boolean {
  const isUri = [ours, theirs].some((each) => /^\s*tel:/i.test(each));
  const digits = (each: string) => fold(each).replace(/^\s*tel:|[\s().-]/g, "");
  return isUri && digits(ours) === digits(theirs);
}

function plain(reference: Json | undefined): Json | undefined {
  const first = Array.isArray(reference) ? (reference as readonly Json[])[0] : reference;
  return member(first, "value") ?? first;
}

function same(ours: Json | undefined, theirs: Json | undefined, caseless: boolean): boolean {
  if (isEmpty(ours) || isEmpty(theirs)) return isEmpty(ours) === isEmpty(theirs);
  if (Array.isArray(ours) || Array.isArray(theirs))
    return sameSet(elements(ours), elements(theirs), caseless);
  if (typeof ours === "object" && typeof theirs === "object") return contains(theirs, ours, caseless);
  if (typeof ours === "object" || typeof theirs === "object") return false;
  if (typeof ours === "boolean" || typeof theirs === "boolean")
    return fold(text(ours)) === fold(text(theirs));
  const [a, b] = [text(ours), text(theirs)];
  return a === b || (caseless && fold(a) === fold(b)) || sameMoment(a, b);
}

function text(value: Json | undefined): string {
  return composed(String(value).trim().replaceAll("\r\n", "\n"));
}

/** RFC 3339 5.6 */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

function sameMoment(a: string, b: string): boolean {
  return MOMENT.test(a) && MOMENT.test(b) && Date.parse(a) === Date.parse(b);
}

/** Everything that we say stands there too; what the service added by itself does not count. */
function contains(theirs: Json | undefined, ours: Json | undefined, caseless: boolean): boolean {
  return Object.entries(ours as Record<string, Json>).every(([name, value]) => {
    const held = member(theirs, name);
    // Services leave out the default.
    if (value === false && isEmpty(held)) return true;
    return same(value, held, caseless);
  });
}

/** From so many elements on they are sorted by what they must have in common first. */
const LONG_LIST = 32;

/** The same values in any order, none left over; those of ours that say most choose first. */
function sameSet(ours: readonly Json[], theirs: readonly Json[], caseless: boolean): boolean {
  const wanted = ours.filter((each) => !isEmpty(each));
  const left = theirs.filter((each) => !isEmpty(each));
  if (wanted.length !== left.length) return false;
  const trait = wanted.length < LONG_LIST ? () => "" : traitOf(wanted);
  const alike = Map.groupBy(left, trait);
  for (const each of wanted.toSorted((a, b) => width(b) - width(a))) {
    const choice = alike.get(trait(each)) ?? [];
    const found = choice.findIndex((other) => same(each, other, caseless));
    if (found === -1) return false;
    choice.splice(found, 1);
  }
  return true;
}

/**
 * A text that two elements share wherever `same` is true of them, so that nobody is compared with everybody: of the attributes that all of ours have.
 * Those that share it need not be the same.
 */
function traitOf(ours: readonly Json[]): (element: Json) => string {
  const [first, ...others] = ours.map(alone).filter(isObject);
  const names = Object.keys(first ?? {}).filter((name) => others.every((each) => Object.hasOwn(each, name)));
  return (element) => {
    const one = alone(element);
    if (!isObject(one)) return plainTrait(one);
    return JSON.stringify(names.map((name) => plainTrait(member(one, name))));
  };
}

/** What a list of one is the same as. */
function alone(value: Json): Json {
  if (!Array.isArray(value)) return value;
  const [only, ...others] = (value as readonly Json[]).filter((each) => !isEmpty(each));
  return only === undefined || others.length > 0 ? value : alone(only);
}

function plainTrait(value: Json | undefined): string {
  if (value === undefined || isEmpty(value)) return "";
  const one = alone(value);
  if (typeof one === "object") return Array.isArray(one) ? "a list" : "an object";
  const said = text(one);
  if (MOMENT.test(said)) return String(Date.parse(said.toUpperCase()));
  const folded = fold(said);
  // Left out, it is false.
  return folded === "false" ? "" : folded;
}

function width(value: Json): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
