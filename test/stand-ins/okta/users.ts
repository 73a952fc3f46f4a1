import type { Circumstances } from "./circumstances.ts";
import { LaggingTable } from "./lagging-table.ts";
import { OrderedTable } from "./ordered-table.ts";
import { baseProfile, changedProfile, type Profile, type ProfileChange } from "./profile.ts";
import { eventOf, hasPassword, mayBecome, type UserStatus } from "./statuses.ts";
import { type SystemLog, type Target, target } from "./system-log.ts";

/** One state of a user; a change makes a new one. Times are ISO texts of whole seconds. */
export interface User {
  readonly id: string;
  readonly status: UserStatus;
  readonly transitioningToStatus: UserStatus | undefined;
  readonly created: string;
  readonly activated: string | null;
  readonly statusChanged: string | null;
  readonly lastUpdated: string;
  readonly passwordChanged: string | null;
  readonly provider: string;
  readonly profile: Profile;
}

export interface NewUser {
  readonly login: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly [property: string]: ProfileChange[string] | undefined;
}

export interface UsersListener {
  /** Called before the event of the activation is told. */
  readonly created: (id: string) => void;
  readonly deactivated: (id: string) => void;
  /** The user is no more, and no list will say so. */
  readonly gone: (id: string) => void;
}

/** The people of an organisation; methods do what an administrator does, and throw where the service would refuse. */
export class Users {
  /** As it is. */
  readonly table = new OrderedTable<User>();
  readonly #index: LaggingTable<User>;
  readonly #circumstances: Circumstances;
  readonly #log: SystemLog;
  readonly #listeners: UsersListener[] = [];
  readonly #logins = new Map<string, string>();
  /** Names of all profile properties, those that were declared for this organisation among them. */
  readonly properties: ReadonlySet<string>;

  constructor(circumstances: Circumstances, log: SystemLog, customProperties: readonly string[]) {
    this.#circumstances = circumstances;
    this.#log = log;
    this.#index = new LaggingTable(circumstances.now);
    this.properties = new Set([...baseProfile, ...customProperties]);
  }

  /** As searches see it. */
  get indexed(): OrderedTable<User> {
    return this.#index.shown;
  }

  listen(listener: UsersListener): void {
    this.#listeners.push(listener);
  }

  get(id: string): User {
    const user = this.table.get(id);
    if (user === undefined) throw new Error(`there is no user ${id}`);
    return user;
  }

  byLogin(login: string): User | undefined {
    const id = this.#logins.get(login.toLowerCase());
    return id === undefined ? undefined : this.table.get(id);
  }

  /** Answers the id. */
  create(person: NewUser, status: UserStatus = "ACTIVE", provider = "OKTA"): string {
    const name = person.login.split("@")[0] ?? person.login;
    const given = Object.entries(person).filter(([, value]) => value !== undefined) as [string, string][];
    const profile = changedProfile(
      { firstName: name, lastName: "Person", email: person.login },
      Object.fromEntries(given),
      this.properties,
    );
    this.#claimLogin(profile.login, undefined);
    const created = this.#circumstances.stamp();
    const staged = status === "STAGED";
    const user: User = {
      id: this.#circumstances.random.id("00u"),
      status,
      transitioningToStatus: undefined,
      created,
      activated: staged ? null : created,
      statusChanged: staged ? null : created,
      lastUpdated: created,
      passwordChanged: hasPassword(status) ? created : null,
      provider,
      profile,
    };
    this.#logins.set(profile.login.toLowerCase(), user.id);
    this.#put(user);
    for (const { created: tell } of this.#listeners) tell(user.id);
    this.#tell("user.lifecycle.create", user);
    if (!staged) this.#tell("user.lifecycle.activate", user);
    return user.id;
  }

  updateProfile(id: string, change: ProfileChange): void {
    const user = this.get(id);
    const profile = changedProfile(user.profile, change, this.properties);
    this.#claimLogin(profile.login, id);
    this.#logins.delete(user.profile.login.toLowerCase());
    this.#logins.set(profile.login.toLowerCase(), id);
    const changed = { ...user, profile, lastUpdated: this.#circumstances.stamp() };
    this.#put(changed);
    this.#tell("user.account.update_profile", changed);
  }

  setStatus(id: string, to: UserStatus): void {
    const user = this.get(id);
    if (!mayBecome(user.status, to)) throw new Error(`a ${user.status} user does not become ${to}`);
    const now = this.#circumstances.stamp();
    const changed: User = {
      ...user,
      status: to,
      transitioningToStatus: undefined,
      activated: to === "DEPROVISIONED" ? null : (user.activated ?? now),
      statusChanged: now,
      lastUpdated: this.#circumstances.statusKeepsLastUpdated ? user.lastUpdated : now,
      passwordChanged: hasPassword(to) ? (user.passwordChanged ?? now) : null,
    };
    this.#put(changed);
    this.#tell(eventOf(user.status, to), changed);
    if (to === "DEPROVISIONED") for (const { deactivated } of this.#listeners) deactivated(id);
  }

  /** The change of status is under way: the status stays until setStatus is called, and only `statusChanged` moves. */
  beginTransition(id: string, to: UserStatus): void {
    const user = this.get(id);
    if (!mayBecome(user.status, to)) throw new Error(`a ${user.status} user does not become ${to}`);
    this.#put({ ...user, transitioningToStatus: to, statusChanged: this.#circumstances.stamp() });
  }

  suspend(id: string): void {
    this.setStatus(id, "SUSPENDED");
  }

  unsuspend(id: string): void {
    if (this.get(id).status !== "SUSPENDED") throw new Error("only a suspended user is unsuspended");
    this.setStatus(id, "ACTIVE");
  }

  deactivate(id: string): void {
    this.setStatus(id, "DEPROVISIONED");
  }

  reactivate(id: string): void {
    if (this.get(id).status !== "DEPROVISIONED") throw new Error("only a deactivated user is reactivated");
    this.setStatus(id, "ACTIVE");
  }

  /** One deletion as the service does it: whoever is not deactivated is deactivated, and whoever is goes for good. */
  delete(id: string): "deactivated" | "gone" {
    const user = this.get(id);
    if (user.status !== "DEPROVISIONED") {
      this.deactivate(id);
      return "deactivated";
    }
    this.#tell("user.lifecycle.delete.initiated", user);
    this.#logins.delete(user.profile.login.toLowerCase());
    this.table.delete(id);
    this.#index.set(id, this.#visible(), undefined);
    for (const { gone } of this.#listeners) gone(id);
    this.#tell("user.lifecycle.delete.completed", user);
    return "gone";
  }

  /** Both steps of the deletion. */
  deleteForGood(id: string): void {
    if (this.delete(id) === "deactivated") this.delete(id);
  }

  #claimLogin(login: string, id: string | undefined): void {
    const holder = this.#logins.get(login.toLowerCase());
    if (holder !== undefined && holder !== id) throw new Error(`the login ${login} is taken`);
  }

  #visible(): number {
    return this.#circumstances.now() + this.#circumstances.lags.searchMs;
  }

  #put(user: User): void {
    this.table.set(user.id, user);
    this.#index.set(user.id, this.#visible(), user);
  }

  #tell(eventType: string, user: User): void {
    this.#log.tell(eventType, [userTarget(user)]);
  }
}

export function userTarget({ id, profile }: User): Target {
  return target("User", id, profile.login, `${profile.firstName} ${profile.lastName}`);
}
