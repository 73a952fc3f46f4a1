/** The people and groups of the stand-in service: strict rules, in memory. */
import { randomUUID } from "node:crypto";
import { applyPatch, ScimError, type Stored, type Value } from "./scim-patch.ts";

export interface StoreRules {
  /** userName and displayName are refused when taken. */
  uniqueness: boolean;
  mostMembersPerPatch: number;
  /** So many accounts may be active; undefined: any number. */
  seats?: number | undefined;
  /** What a service that gets groups wrong keeps after a PATCH or PUT, instead of what was asked for. */
  mangle?: Mangle | undefined;
}

export type Mangle = (change: {
  readonly before: Stored;
  /** As it was asked for. */
  readonly after: Stored;
  /** Of a PATCH. */
  readonly operations: readonly { readonly op: string; readonly path: string; readonly value?: Value }[];
}) => Stored;

export type Collection = "Users" | "Groups";

const NAME = { Users: "userName", Groups: "displayName" } as const;
const EXACT = ["id", "externalId"];

export class ScimStore {
  readonly #rules: StoreRules;
  readonly #resources: Record<Collection, Map<string, Stored>> = { Users: new Map(), Groups: new Map() };

  constructor(rules: StoreRules) {
    this.#rules = rules;
  }

  all(collection: Collection): Stored[] {
    return [...this.#resources[collection].values()];
  }

  read(collection: Collection, id: string): Stored {
    const found = this.#resources[collection].get(id);
    if (found === undefined) throw new ScimError(404, undefined, `no ${id} in ${collection}`);
    return found;
  }

  /** `attribute eq "value"`, case by the rules of RFC 7643. */
  filter(collection: Collection, text: string): Stored[] {
    const parsed = /^([\w.:]+|emails\[type eq "work"\]\.value) eq ("(?:[^"\\]|\\.)*")$/.exec(text);
    if (parsed?.[1] === undefined || parsed[2] === undefined)
      throw new ScimError(400, "invalidFilter", 'only: attribute eq "value"');
    const [attribute, wanted] = [parsed[1], JSON.parse(parsed[2]) as string];
    return this.all(collection).filter((each) =>
      valuesOf(each, attribute).some((value) =>
        EXACT.includes(attribute) ? value === wanted : String(value).toLowerCase() === wanted.toLowerCase(),
      ),
    );
  }

  create(collection: Collection, body: Stored): Stored {
    return this.#keep(collection, { ...body, id: randomUUID() }, 1);
  }

  put(collection: Collection, id: string, body: Stored, ifMatch: string | undefined): Stored {
    const before = this.#fresh(collection, id, ifMatch);
    const kept = this.#keep(collection, { ...body, id }, versionNumber(before) + 1);
    return this.#mangled(collection, before, kept, []);
  }

  patch(collection: Collection, id: string, body: Stored, ifMatch: string | undefined): Stored {
    const before = this.#fresh(collection, id, ifMatch);
    const operations = body["Operations"];
    if (!Array.isArray(operations)) throw new ScimError(400, "invalidSyntax", "no Operations");
    const typed = operations as unknown as { op: string; path: string; value?: Value }[];
    const touched = typed.flatMap(({ op, path, value }) =>
      path?.startsWith("members") ? (op === "remove" ? [path] : ((value ?? []) as Value[])) : [],
    );
    if (touched.length > this.#rules.mostMembersPerPatch)
      throw new ScimError(400, "invalidValue", "too many members in one request");
    const kept = this.#keep(collection, applyPatch(before, typed), versionNumber(before) + 1);
    return this.#mangled(collection, before, kept, typed);
  }

  remove(collection: Collection, id: string, ifMatch: string | undefined): void {
    this.#fresh(collection, id, ifMatch);
    this.#resources[collection].delete(id);
    for (const group of this.all("Groups")) {
      const members = (group["members"] ?? []) as Stored[];
      if (members.some((each) => each["value"] === id))
        group["members"] = members.filter((each) => each["value"] !== id);
    }
  }

  #mangled(
    collection: Collection,
    before: Stored,
    after: Stored,
    operations: Parameters<Mangle>[0]["operations"],
  ): Stored {
    const { mangle } = this.#rules;
    if (mangle === undefined || collection !== "Groups") return after;
    const kept = mangle({ before: structuredClone(before), after: structuredClone(after), operations });
    this.#resources.Groups.set(String(after["id"]), kept);
    return kept;
  }

  /** Whoever has one keeps it. */
  #takeSeat(id: string): void {
    const { seats } = this.#rules;
    if (seats === undefined) return;
    const active = this.all("Users").filter((each) => each["active"] !== false);
    if (active.length >= seats && !active.some((each) => each["id"] === id))
      throw new ScimError(403, undefined, "No more seats are available in your subscription");
  }

  #fresh(collection: Collection, id: string, ifMatch: string | undefined): Stored {
    const before = this.read(collection, id);
    if (ifMatch !== undefined && ifMatch !== (before["meta"] as Stored)["version"])
      throw new ScimError(412, undefined, "changed meanwhile");
    return before;
  }

  #keep(collection: Collection, body: Stored, version: number): Stored {
    const id = String(body["id"]);
    const name = body[NAME[collection]];
    if (typeof name !== "string" || name === "")
      throw new ScimError(400, "invalidValue", `${NAME[collection]} is required`);
    const core = `urn:ietf:params:scim:schemas:core:2.0:${collection === "Users" ? "User" : "Group"}`;
    if (!Array.isArray(body["schemas"]) || !body["schemas"].includes(core))
      throw new ScimError(400, "invalidSyntax", `schemas lacks ${core}`);
    for (const other of this.all(collection))
      if (
        this.#rules.uniqueness &&
        other["id"] !== id &&
        String(other[NAME[collection]]).toLowerCase() === name.toLowerCase()
      )
        throw new ScimError(409, "uniqueness", `${name} is taken`);
    if (collection === "Users" && body["active"] !== false) this.#takeSeat(id);
    const members = (body["members"] ?? []) as Stored[];
    for (const { value } of members)
      if (!this.#resources.Users.has(String(value)) && !this.#resources.Groups.has(String(value)))
        throw new ScimError(400, "invalidValue", "no such member");
    const distinct = [...new Map(members.map((each) => [each["value"], each])).values()];
    const kept = {
      ...body,
      ...(collection === "Groups" && { members: distinct }),
      meta: { resourceType: collection.slice(0, -1), version: `W/"${version}"` },
    };
    this.#resources[collection].set(id, kept);
    return kept;
  }
}

function versionNumber(resource: Stored): number {
  return Number(/\d+/.exec(String((resource["meta"] as Stored)["version"]))?.[0]);
}

function valuesOf(resource: Stored, attribute: string): Value[] {
  if (attribute.startsWith("emails[")) {
    const emails = (resource["emails"] ?? []) as Stored[];
    return emails.filter((each) => each["type"] === "work").map((each) => each["value"] ?? null);
  }
  const colon = attribute.lastIndexOf(":");
  const holder = colon === -1 ? resource : (resource[attribute.slice(0, colon)] as Stored | undefined);
  return holder === undefined ? [] : [holder[attribute.slice(colon + 1)] ?? null];
}
