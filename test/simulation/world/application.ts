import type { PatchOperation } from "../../../src/scim/api.ts";
import type { Kind, Resource, StoredResource } from "../../../src/scim/resource.ts";
import { applyPatch, ScimError, type Stored, type Value } from "../../stand-ins/scim-patch.ts";
import type { FaultName } from "../faults/counts.ts";
import type { TargetKind } from "./settings.ts";

/** Ways of an application that make it hard to be kept right, each told when a call meets it. */
type Quirk = Extract<
  FaultName,
  | "look-up that lags"
  | "member listed twice"
  | "name that the target checks against no other"
  | "members that the target hides"
>;

/** An account or group as the application holds it. */
export interface Held {
  readonly id: string;
  readonly kind: Kind;
  readonly resource: Stored;
  /** Ids, as often as they are listed. */
  readonly members: readonly string[];
  readonly version: number;
  /** Made by the product, or there before. */
  readonly madeBy: "product" | "somebody else";
}

const nameOf = { user: "userName", group: "displayName" } as const;

/** The application itself: what it holds and how it answers. Knows nothing of networks, faults or time but the lag of its look-ups. */
export class Application {
  readonly kind: TargetKind;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  /** What look-ups see until the lag is over. */
  readonly #older = new Map<string, { readonly until: number; readonly resource: Stored | undefined }>();
  #made = 0;

  readonly #struck: (quirk: Quirk) => void;

  /** `struck`: told when the application did not behave as it should. */
  constructor(kind: TargetKind, now: () => number, struck: (quirk: Quirk) => void) {
    this.kind = kind;
    this.#now = now;
    this.#struck = struck;
  }

  all(kind: Kind): readonly Held[] {
    return [...this.#held.values()].filter((each) => each.kind === kind);
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  /** An account or group that is there long before the product comes: every look-up knows it. */
  plant(kind: Kind, resource: Resource): string {
    const id = this.#make(kind, resource as Stored, "somebody else");
    this.#older.delete(id);
    return id;
  }

  /** Somebody changes an account by hand. */
  byHand(id: string, values: Stored): void {
    const held = this.#held.get(id);
    if (held !== undefined) this.#keep(held, { ...held.resource, ...values }, held.members);
  }

  membersByHand(id: string, change: (members: readonly string[]) => readonly string[]): void {
    const held = this.#held.get(id);
    if (held !== undefined) this.#keep(held, held.resource, change(held.members));
  }

  create(kind: Kind, resource: Resource): StoredResource {
    this.#unique(kind, resource, undefined);
    return this.show(this.#make(kind, resource as Stored, "product"));
  }

  patch(id: string, operations: readonly PatchOperation[], ifMatch: string | undefined): StoredResource {
    const held = this.#fresh(id, ifMatch);
    const after = applyPatch(
      held.resource,
      operations.map(({ op, path, ...rest }) =>
        "value" in rest ? { op, path, value: rest.value as Value } : { op, path },
      ),
    );
    this.#unique(held.kind, after as Resource, id);
    this.#keep(held, after, held.members);
    return this.show(id);
  }

  replace(id: string, resource: Resource, ifMatch: string | undefined): StoredResource {
    const held = this.#fresh(id, ifMatch);
    this.#unique(held.kind, resource, id);
    this.#keep(held, { ...(structuredClone(resource) as Stored), id }, held.members);
    return this.show(id);
  }

  remove(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    for (const group of this.all("group"))
      if (group.members.includes(id))
        this.#keep(
          group,
          group.resource,
          group.members.filter((each) => each !== id),
        );
  }

  changeMembers(
    id: string,
    add: readonly string[],
    remove: readonly string[],
    ifMatch: string | undefined,
  ): void {
    const held = this.#fresh(id, ifMatch);
    for (const each of add)
      if (this.#held.get(each)?.kind !== "user")
        throw new ScimError(400, "invalidValue", `no member ${each}`);
    if (this.kind.duplicatesMembers && add.some((each) => held.members.includes(each)))
      this.#struck("member listed twice");
    if (!this.kind.capabilities.membersReadable) this.#struck("members that the target hides");
    const fresh = this.kind.duplicatesMembers ? add : add.filter((each) => !held.members.includes(each));
    this.#keep(held, held.resource, [...held.members.filter((each) => !remove.includes(each)), ...fresh]);
  }

  /** As a read shows it: without members. */
  show(id: string): StoredResource {
    const held = this.#held.get(id);
    if (held === undefined) throw new ScimError(404, undefined, `no ${id}`);
    return {
      ...(structuredClone(held.resource) as Resource),
      id,
      meta: { version: `W/"${held.version}"` },
    };
  }

  /** What a look-up by one value finds; it may not know yet what was just written. */
  find(kind: Kind, attribute: string, value: string): readonly StoredResource[] {
    const exact = attribute === "externalId" || attribute === "id";
    return this.all(kind)
      .filter((held) => {
        const theirs = this.#indexed(held)?.[attribute];
        if (typeof theirs !== "string") return false;
        return exact ? theirs === value : theirs.toLowerCase() === value.toLowerCase();
      })
      .map((held) => this.show(held.id))
      .filter((held) => {
        const now = held[attribute];
        return typeof now === "string" && (exact ? now === value : now.toLowerCase() === value.toLowerCase());
      });
  }

  list(kind: Kind): readonly StoredResource[] {
    return this.all(kind)
      .filter((held) => this.#indexed(held) !== undefined)
      .map((held) => this.show(held.id));
  }

  /** What a look-up sees of it. */
  #indexed(held: Held): Stored | undefined {
    const seen = this.#seen(held);
    if (seen !== held.resource) this.#struck("look-up that lags");
    return seen;
  }

  #seen(held: Held): Stored | undefined {
    const older = this.#older.get(held.id);
    return older !== undefined && older.until > this.#now() ? older.resource : held.resource;
  }

  #make(kind: Kind, resource: Stored, madeBy: Held["madeBy"]): string {
    const id = `${kind === "user" ? "u" : "g"}${++this.#made}`;
    const copy = structuredClone(resource);
    delete copy["members"];
    if (kind === "user" && copy["active"] === undefined) copy["active"] = true;
    this.#held.set(id, { id, kind, resource: { ...copy, id }, members: [], version: 1, madeBy });
    this.#older.set(id, { until: this.#now() + this.kind.lagMs, resource: undefined });
    return id;
  }

  #keep(held: Held, resource: Stored, members: readonly string[]): void {
    this.#older.set(held.id, { until: this.#now() + this.kind.lagMs, resource: this.#seen(held) });
    this.#held.set(held.id, {
      ...held,
      resource: { ...resource, id: held.id },
      members,
      version: held.version + 1,
    });
  }

  #fresh(id: string, ifMatch: string | undefined): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw new ScimError(404, undefined, `no ${id}`);
    if (this.kind.honoursIfMatch && ifMatch !== undefined && ifMatch !== `W/"${held.version}"`)
      throw new ScimError(412, undefined, "changed meanwhile");
    return held;
  }

  #unique(kind: Kind, resource: Resource, id: string | undefined): void {
    const name = resource[nameOf[kind]];
    if (typeof name !== "string" || name === "")
      throw new ScimError(400, "invalidValue", `${nameOf[kind]} is required`);
    if (!this.kind.capabilities.enforcesUniqueness) {
      this.#struck("name that the target checks against no other");
      return;
    }
    for (const other of this.all(kind))
      if (other.id !== id && String(other.resource[nameOf[kind]]).toLowerCase() === name.toLowerCase())
        throw new ScimError(409, "uniqueness", `${name} is taken`);
  }
}
