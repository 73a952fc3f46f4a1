/** PATCH of RFC 7644 3.5.2 as a strict service carries it out. Shares no code with the product, so that each checks the other. */

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };
export type Stored = { [name: string]: Value };

export class ScimError extends Error {
  readonly status: number;
  readonly scimType: string | undefined;

  constructor(status: number, scimType: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.scimType = scimType;
  }
}

const LISTS = ["emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "members"];
const BOOLEANS = ["active", "primary"];

interface Place {
  /** Keys from the resource down to the object that holds the attribute. */
  readonly holder: string[];
  readonly attribute: string;
  readonly filter: { readonly name: string; readonly value: Value } | undefined;
  readonly sub: string | undefined;
}

/** Applies all operations to a copy, or throws and leaves everything as it was. */
export function applyPatch(
  resource: Stored,
  operations: readonly { op: string; path?: string; value?: Value }[],
): Stored {
  const copy = structuredClone(resource);
  if (operations.length === 0) throw new ScimError(400, "invalidSyntax", "no operations");
  for (const { op, path, value } of operations) {
    if (!["add", "replace", "remove"].includes(op))
      throw new ScimError(400, "invalidSyntax", `unknown operation ${op}`);
    if (path === undefined) throw new ScimError(400, "invalidPath", "this service wants a path");
    const place = placeOf(path);
    if (["id", "meta", "groups", "schemas"].includes(place.attribute))
      throw new ScimError(400, "mutability", `${path} is readOnly`);
    if (op === "remove") remove(copy, place);
    else put(copy, place, op, checked(place, value));
  }
  return copy;
}

function placeOf(path: string): Place {
  const bracket = path.indexOf("[");
  const head = bracket === -1 ? path : path.slice(0, bracket);
  const close = path.lastIndexOf("]");
  const colon = head.lastIndexOf(":");
  const urn = colon === -1 ? [] : [head.slice(0, colon)];
  const [name = "", directSub] = head.slice(colon + 1).split(".");
  if (!/^[A-Za-z]\w*$/.test(name)) throw new ScimError(400, "invalidPath", `cannot read ${path}`);
  if (bracket === -1) return { holder: urn, attribute: name, filter: undefined, sub: directSub };
  const condition = /^(\w+) eq (.+)$/.exec(path.slice(bracket + 1, close));
  if (condition?.[1] === undefined || condition[2] === undefined)
    throw new ScimError(400, "invalidPath", `cannot read ${path}`);
  const after = path.slice(close + 1);
  if (after !== "" && !/^\.\w+$/.test(after)) throw new ScimError(400, "invalidPath", `cannot read ${path}`);
  return {
    holder: urn,
    attribute: name,
    filter: { name: condition[1], value: JSON.parse(condition[2]) as Value },
    sub: after === "" ? undefined : after.slice(1),
  };
}

function checked({ attribute, sub, filter }: Place, value: Value | undefined): Value {
  if (value === undefined) throw new ScimError(400, "invalidValue", "no value");
  if (BOOLEANS.includes(sub ?? attribute) && typeof value !== "boolean")
    throw new ScimError(400, "invalidValue", `${sub ?? attribute} is no boolean`);
  if (LISTS.includes(attribute) && filter === undefined && sub === undefined && !Array.isArray(value))
    throw new ScimError(400, "invalidValue", `${attribute} is a list`);
  return value;
}

function holderOf(resource: Stored, keys: readonly string[]): Stored {
  let holder = resource;
  for (const key of keys) {
    if (!Object.hasOwn(holder, key)) holder[key] = {};
    holder = holder[key] as Stored;
  }
  return holder;
}

function put(resource: Stored, place: Place, op: string, value: Value): void {
  const holder = holderOf(resource, place.holder);
  const { attribute, filter, sub } = place;
  if (filter !== undefined) {
    const chosen = matching(holder[attribute], filter);
    if (chosen.length === 0) throw new ScimError(400, "noTarget", "no element matches");
    for (const element of chosen)
      if (sub === undefined) Object.assign(element, value);
      else element[sub] = value;
    return;
  }
  if (sub !== undefined) {
    const object = Object.hasOwn(holder, attribute) ? (holder[attribute] as Stored) : {};
    holder[attribute] = { ...object, [sub]: value };
  } else if (op === "add" && LISTS.includes(attribute)) {
    const list = (Object.hasOwn(holder, attribute) ? holder[attribute] : []) as Stored[];
    const fresh = (value as Stored[]).filter(
      (each) => !list.some((old) => JSON.stringify(old) === JSON.stringify(each)),
    );
    const becomesPrimary = fresh.some((each) => each["primary"] === true);
    const kept = becomesPrimary
      ? list.map((each) => (each["primary"] === true ? { ...each, primary: false } : each))
      : list;
    holder[attribute] = [...kept, ...fresh];
  } else holder[attribute] = value;
}

function remove(resource: Stored, { holder: keys, attribute, filter, sub }: Place): void {
  const holder = holderOf(resource, keys);
  if (filter === undefined) {
    if (sub === undefined) delete holder[attribute];
    else if (Object.hasOwn(holder, attribute)) delete (holder[attribute] as Stored)[sub];
    return;
  }
  const chosen = new Set(matching(holder[attribute], filter));
  if (sub !== undefined) {
    for (const element of chosen) delete element[sub];
    return;
  }
  const left = ((holder[attribute] ?? []) as Stored[]).filter((element) => !chosen.has(element));
  if (left.length === 0) delete holder[attribute];
  else holder[attribute] = left;
}

function matching(
  list: Value | undefined,
  filter: { readonly name: string; readonly value: Value },
): Stored[] {
  return ((list ?? []) as Stored[]).filter(
    (element) => String(element[filter.name]).toLowerCase() === String(filter.value).toLowerCase(),
  );
}
