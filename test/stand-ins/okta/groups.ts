import type { Circumstances } from "./circumstances.ts";
import { LaggingTable } from "./lagging-table.ts";
import { OrderedTable } from "./ordered-table.ts";
import { type SystemLog, target } from "./system-log.ts";
import { type Users, userTarget } from "./users.ts";

export type GroupType = "OKTA_GROUP" | "APP_GROUP" | "BUILT_IN";

/** Times are ISO texts of whole seconds. */
export interface Group {
  readonly id: string;
  readonly created: string;
  /** Moves with the profile only. */
  readonly lastUpdated: string;
  readonly type: GroupType;
  readonly profile: { readonly name: string; readonly description: string | null };
}

export interface GroupsListener {
  readonly joined: (group: string, user: string) => void;
  readonly left: (group: string, user: string) => void;
  readonly gone: (group: string) => void;
}

/** The groups of an organisation and who is in them. Whoever is deactivated stays a member; whoever is deleted leaves without a trace. */
export class Groups {
  readonly table = new OrderedTable<Group>();
  readonly everyone: string;
  readonly #members = new Map<string, OrderedTable<string>>();
  readonly #index: LaggingTable<Group>;
  /** When the members last changed, as a group that is read alone says it and as searches do. */
  readonly #stamps: LaggingTable<string>;
  readonly #indexedStamps: LaggingTable<string>;
  readonly #circumstances: Circumstances;
  readonly #log: SystemLog;
  readonly #users: Users;
  readonly #listeners: GroupsListener[] = [];

  constructor(circumstances: Circumstances, log: SystemLog, users: Users) {
    this.#circumstances = circumstances;
    this.#log = log;
    this.#users = users;
    this.#index = new LaggingTable(circumstances.now);
    this.#stamps = new LaggingTable(circumstances.now);
    this.#indexedStamps = new LaggingTable(circumstances.now);
    this.everyone = log.silently(() => this.create("Everyone", "All users in your organization", "BUILT_IN"));
    users.listen({
      created: (id) => this.#join(this.everyone, id),
      deactivated: () => {},
      gone: (id) => {
        for (const members of this.#members.values()) members.delete(id);
      },
    });
  }

  /** As searches see it. */
  get indexed(): OrderedTable<Group> {
    return this.#index.shown;
  }

  listen(listener: GroupsListener): void {
    this.#listeners.push(listener);
  }

  get(id: string): Group {
    const group = this.table.get(id);
    if (group === undefined) throw new Error(`there is no group ${id}`);
    return group;
  }

  /** `lastMembershipUpdated` as it is told right now, which may be old. */
  membershipUpdated(group: Group, by: "search" | "id"): string {
    const stamps = by === "search" ? this.#indexedStamps : this.#stamps;
    return stamps.shown.get(group.id) ?? group.created;
  }

  /** User ids, in the order in which they joined. */
  members(id: string): OrderedTable<string> {
    return this.#members.get(id) ?? new OrderedTable();
  }

  groupsOf(user: string): Group[] {
    return [...this.table.values()].filter(({ id }) => this.members(id).has(user));
  }

  /** Answers the id. */
  create(name: string, description: string | null = null, type: GroupType = "OKTA_GROUP"): string {
    this.#claimName(name, type, undefined);
    const created = this.#circumstances.stamp();
    const id = this.#circumstances.random.id("00g");
    this.#members.set(id, new OrderedTable());
    this.#put({ id, created, lastUpdated: created, type, profile: { name, description } });
    this.#tell("group.lifecycle.create", id);
    return id;
  }

  rename(id: string, name: string): void {
    this.updateProfile(id, { name });
  }

  updateProfile(id: string, change: { readonly name?: string; readonly description?: string | null }): void {
    const group = this.#changeable(id);
    const profile = { ...group.profile, ...change };
    this.#claimName(profile.name, group.type, id);
    this.#put({ ...group, profile, lastUpdated: this.#circumstances.stamp() });
    this.#tell("group.profile.update", id);
  }

  delete(id: string): void {
    this.#changeable(id);
    this.#tell("group.lifecycle.delete", id);
    for (const { gone } of this.#listeners) gone(id);
    this.table.delete(id);
    this.#members.delete(id);
    this.#index.set(id, this.#circumstances.now() + this.#circumstances.lags.searchMs, undefined);
  }

  /** Adding who is in it already changes nothing. */
  add(id: string, user: string): void {
    this.#changeable(id);
    if (!this.#join(id, user)) return;
    this.#tell("group.user_membership.add", id, user);
    for (const { joined } of this.#listeners) joined(id, user);
  }

  remove(id: string, user: string): void {
    this.#changeable(id);
    if (!this.members(id).delete(user)) return;
    this.#stampMembers(id);
    this.#tell("group.user_membership.remove", id, user);
    for (const { left } of this.#listeners) left(id, user);
  }

  #changeable(id: string): Group {
    const group = this.get(id);
    if (group.type === "BUILT_IN")
      throw new Error(`${group.profile.name} is kept by the organisation itself`);
    return group;
  }

  #join(id: string, user: string): boolean {
    const members = this.members(id);
    this.#users.get(user);
    if (members.has(user)) return false;
    members.set(user, user);
    this.#stampMembers(id);
    return true;
  }

  #claimName(name: string, type: GroupType, id: string | undefined): void {
    if (type === "APP_GROUP") return;
    for (const group of this.table.values()) {
      if (group.profile.name === name && group.type !== "APP_GROUP" && group.id !== id)
        throw new Error(`a group named ${name} exists`);
    }
  }

  #put(group: Group): void {
    this.table.set(group.id, group);
    this.#index.set(group.id, this.#circumstances.now() + this.#circumstances.lags.searchMs, group);
  }

  #stampMembers(id: string): void {
    const { lags, now } = this.#circumstances;
    const stamp = this.#circumstances.stamp();
    this.#stamps.set(id, now() + lags.membershipMs, stamp);
    this.#indexedStamps.set(id, now() + lags.membershipMs + lags.searchMs, stamp);
  }

  #tell(eventType: string, id: string, user?: string): void {
    const group = target("UserGroup", id, "unknown", this.get(id).profile.name);
    const people = user === undefined ? [] : [userTarget(this.#users.get(user))];
    this.#log.tell(eventType, [...people, group]);
  }
}
