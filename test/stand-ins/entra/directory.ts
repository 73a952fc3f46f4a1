import { randomUUID } from "node:crypto";
import { ChangeLog } from "./change-log.ts";
import { type Entity, iso, namesOf } from "./entity.ts";
import { Membership } from "./membership.ts";
import { type Kind, PROPERTIES } from "./schema.ts";
import { defaultSwitches, type Switches } from "./switches.ts";
import type { Properties, Value } from "./value.ts";

export interface DirectoryOptions {
  /** Wall clock of the directory, ms since 1970. */
  readonly now: () => number;
  readonly switches: Partial<Switches>;
  /** Domain of made-up login names. */
  readonly domain: string;
  readonly newId: () => string;
}

/** People, groups and other objects of a tenant, with a log of everything that happened; each method is what an admin does there. */
export class Directory {
  readonly switches: Switches;
  readonly domain: string;
  readonly log = new ChangeLog();
  readonly now: () => number;
  /** Names of registered directory extensions of people (`extension_APPID_NAME`). */
  readonly extensions = new Set<string>();
  readonly #newId: () => string;
  readonly #entities = new Map<string, Entity>();
  readonly #lists = new Map<Kind, Entity[]>();
  readonly #members = new Map<string, Membership>();
  /** userPrincipalName in lower case -> id, of live people. */
  readonly #logins = new Map<string, string>();

  constructor(options: Partial<DirectoryOptions> = {}) {
    this.switches = { ...defaultSwitches(), ...options.switches };
    this.now = options.now ?? Date.now;
    this.domain = options.domain ?? "contoso.example";
    this.#newId = options.newId ?? randomUUID;
  }

  entity(id: string): Entity | undefined {
    return this.#entities.get(id);
  }

  /** By id or login name; only live ones. */
  user(key: string): Entity | undefined {
    const entity = this.#entities.get(key) ?? this.#entities.get(this.#logins.get(key.toLowerCase()) ?? "");
    return entity?.kind === "user" && entity.state === "live" ? entity : undefined;
  }

  /** All that ever were, in the order in which they came. */
  all(kind: Kind): readonly Entity[] {
    return this.#lists.get(kind) ?? [];
  }

  live(kind: Kind): readonly Entity[] {
    return this.all(kind).filter((entity) => entity.state === "live");
  }

  membership(group: string): Membership | undefined {
    return this.#members.get(group);
  }

  /** As if no person and no group had ever been. Tokens that are out lead nowhere any more. */
  empty(): void {
    for (const { id } of [...this.all("user"), ...this.all("group")]) this.#entities.delete(id);
    for (const kind of ["user", "group"] as const) this.#lists.delete(kind);
    this.#members.clear();
    this.#logins.clear();
    this.log.clear();
  }

  /** Live direct members. */
  membersOf(group: string): readonly Entity[] {
    const members = (this.#members.get(group)?.members() ?? []).map((id) => this.#entities.get(id));
    return members.filter((member) => member?.state === "live") as readonly Entity[];
  }

  /** Live members at any depth, groups on the way included, nobody twice. */
  transitiveMembersOf(group: string): readonly Entity[] {
    const found = new Map<string, Entity>();
    const waiting = [group];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const member of this.membersOf(id)) {
        if (found.has(member.id) || member.id === group) continue;
        found.set(member.id, member);
        if (member.kind === "group") waiting.push(member.id);
      }
    }
    return [...found.values()];
  }

  /** Live groups that list it as a member. */
  groupsOf(member: string): readonly Entity[] {
    return this.live("group").filter((group) => this.#members.get(group.id)?.has(member));
  }

  createUser(properties: Properties = {}): string {
    const id = typeof properties["id"] === "string" ? properties["id"] : this.#newId();
    const login = text(properties["userPrincipalName"]) ?? `user-${id.slice(0, 13)}@${this.domain}`;
    const entity = this.#create("user", id, {
      accountEnabled: true,
      businessPhones: [],
      displayName: login,
      mailNickname: login.split("@")[0] ?? login,
      userType: "Member",
      userPrincipalName: login,
      createdDateTime: iso(this.now()),
      ...properties,
    });
    this.#claimLogin(entity, login);
    return id;
  }

  createGroup(properties: Properties = {}, members: readonly string[] = []): string {
    const id = typeof properties["id"] === "string" ? properties["id"] : this.#newId();
    this.#members.set(id, new Membership());
    this.#create("group", id, {
      displayName: `group-${id.slice(0, 13)}`,
      groupTypes: [],
      mailEnabled: false,
      mailNickname: `group-${id.slice(0, 13)}`,
      proxyAddresses: [],
      securityEnabled: true,
      createdDateTime: iso(this.now()),
      ...properties,
    });
    for (const member of members) this.addMember(id, member);
    return id;
  }

  createDevice(properties: Properties = {}): string {
    return this.#create("device", this.#newId(), {
      accountEnabled: true,
      displayName: "device",
      ...properties,
    }).id;
  }

  createContact(properties: Properties = {}): string {
    return this.#create("orgContact", this.#newId(), { displayName: "contact", ...properties }).id;
  }

  createServicePrincipal(properties: Properties = {}): string {
    const id = text(properties["id"]) ?? this.#newId();
    const usual = { accountEnabled: true, appId: this.#newId(), displayName: "app", appRoles: [] };
    return this.#create("servicePrincipal", id, { ...usual, ...properties }).id;
  }

  /** Sets or, with null, clears. Values that are there already are no change. */
  updateUser(id: string, change: Properties): void {
    this.#update(this.#live(id, "user"), change);
  }

  updateGroup(id: string, change: Properties): void {
    this.#update(this.#live(id, "group"), change);
  }

  disable(id: string): void {
    this.updateUser(id, { accountEnabled: false });
  }

  enable(id: string): void {
    this.updateUser(id, { accountEnabled: true });
  }

  /** A new display name, and for a person a new login name too. */
  rename(id: string, displayName: string, userPrincipalName?: string): void {
    const login = userPrincipalName === undefined ? {} : { userPrincipalName };
    this.#update(this.#live(id), { displayName, ...login });
  }

  /** Both get the other's names: display name and, for people, login name and mail address. */
  swapNames(one: string, other: string): void {
    const [first, second] = [this.#live(one), this.#live(other)];
    const [mine, theirs] = [namesOf(first), namesOf(second)];
    for (const entity of [first, second]) this.#logins.delete(login(entity));
    this.#update(first, theirs);
    this.#update(second, mine);
  }

  /** Into deletedItems for 30 days. Memberships and manager stay, and nobody tells of them. */
  softDelete(id: string): void {
    const entity = this.#live(id);
    entity.state = "soft-deleted";
    entity.deletedAt = this.now();
    this.#logins.delete(login(entity));
    this.#tell(entity, { type: "removed" });
  }

  /** For good, out of deletedItems too. */
  hardDelete(id: string): void {
    const entity = this.#entities.get(id);
    if (entity === undefined || entity.state === "gone") throw new Error(`there is no ${id} to delete`);
    this.#logins.delete(login(entity));
    entity.state = "gone";
    this.#tell(entity, { type: "removed" });
    for (const group of this.all("group")) {
      if (this.#members.get(group.id)?.remove(id) !== true || !this.switches.hardDeleteTellsGroups) continue;
      this.#tell(group, { type: "member", member: id });
    }
    for (const user of this.all("user")) if (user.manager === id) this.setManager(user.id, undefined);
  }

  /** Out of deletedItems, with its old id, memberships and manager. A login name that was taken meanwhile is an error. */
  restore(id: string): void {
    const entity = this.#entities.get(id);
    if (entity?.state !== "soft-deleted") throw new Error(`${id} is not in deletedItems`);
    if (entity.kind === "user") this.#claimLogin(entity, login(entity));
    entity.state = "live";
    delete entity.deletedAt;
    this.#tell(entity, { type: "restored" });
  }

  addMember(group: string, member: string): void {
    const entity = this.#live(group, "group");
    this.#live(member);
    if (this.#members.get(group)?.add(member)) this.#tell(entity, { type: "member", member });
  }

  removeMember(group: string, member: string): void {
    const entity = this.#live(group, "group");
    if (this.#members.get(group)?.remove(member)) this.#tell(entity, { type: "member", member });
  }

  setManager(id: string, manager: string | undefined): void {
    const entity = this.#entities.get(id);
    if (entity?.kind !== "user") throw new Error(`there is no person ${id}`);
    const before = entity.manager;
    if (before === manager) return;
    if (manager === undefined) delete entity.manager;
    else entity.manager = this.#live(manager).id;
    if (entity.state !== "gone") this.#tell(entity, { type: "manager", before });
  }

  #create(kind: Kind, id: string, properties: Properties): Entity {
    if (this.#entities.has(id)) throw new Error(`the id ${id} is taken`);
    this.#check(kind, properties);
    const { id: _, ...own } = properties;
    const born = this.log.length;
    const entity: Entity = { id, kind, properties: { ...own }, createdAt: this.now(), born, state: "live" };
    this.#entities.set(id, entity);
    const list = this.#lists.get(kind) ?? [];
    if (list.push(entity) === 1) this.#lists.set(kind, list);
    this.#tell(entity, { type: "created" });
    return entity;
  }

  #update(entity: Entity, change: Properties): void {
    this.#check(entity.kind, change);
    const names = Object.keys(change).filter(
      (name) => JSON.stringify(entity.properties[name] ?? null) !== JSON.stringify(change[name]),
    );
    const newLogin = text(change["userPrincipalName"]);
    const oldLogin = login(entity);
    if (entity.kind === "user" && newLogin !== undefined) {
      this.#claimLogin(entity, newLogin);
      if (oldLogin !== newLogin.toLowerCase() && this.#logins.get(oldLogin) === entity.id)
        this.#logins.delete(oldLogin);
    }
    for (const name of names) entity.properties[name] = change[name] ?? null;
    if (names.length > 0) this.#tell(entity, { type: "properties", names });
  }

  #claimLogin(entity: Entity, wanted: string): void {
    const holder = this.#logins.get(wanted.toLowerCase());
    if (holder !== undefined && holder !== entity.id)
      throw new Error(`another person has the userPrincipalName ${wanted}`);
    this.#logins.set(wanted.toLowerCase(), entity.id);
  }

  #check(kind: Kind, properties: Properties): void {
    const unknown = Object.keys(properties).find((name) => !this.knows(kind, name));
    if (unknown !== undefined) throw new Error(`a ${kind} has no property ${unknown}`);
  }

  /** Whether a property of this name exists. */
  knows(kind: Kind, name: string): boolean {
    return Object.hasOwn(PROPERTIES[kind], name) || (kind === "user" && this.extensions.has(name));
  }

  #live(id: string, kind?: Kind): Entity {
    const entity = this.#entities.get(id);
    if (entity?.state !== "live" || (kind !== undefined && entity.kind !== kind))
      throw new Error(`there is no live ${kind ?? "object"} ${id}`);
    return entity;
  }

  #tell(entity: Entity, event: Parameters<ChangeLog["add"]>[0]["event"]): void {
    this.log.add({ at: this.now(), kind: entity.kind, id: entity.id, event });
  }
}

function login(entity: Entity): string {
  return (text(entity.properties["userPrincipalName"]) ?? "").toLowerCase();
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
