import type { Circumstances } from "./circumstances.ts";
import type { Groups } from "./groups.ts";
import { OrderedTable } from "./ordered-table.ts";
import { type SystemLog, target } from "./system-log.ts";
import { type Users, userTarget } from "./users.ts";

interface Assignment {
  readonly id: string;
  /** ISO time of whole seconds. */
  readonly since: string;
}

export interface AppUser extends Assignment {
  readonly scope: "USER" | "GROUP";
}

export interface App {
  readonly id: string;
  readonly label: string;
  readonly created: string;
  /** Everybody who has the application, directly or through a group. */
  readonly people: OrderedTable<AppUser>;
  readonly groups: OrderedTable<Assignment>;
}

/** The applications of an organisation and who is assigned to them. */
export class Apps {
  readonly table = new OrderedTable<App>();
  readonly #circumstances: Circumstances;
  readonly #log: SystemLog;
  readonly #users: Users;
  readonly #groups: Groups;

  constructor(circumstances: Circumstances, log: SystemLog, users: Users, groups: Groups) {
    this.#circumstances = circumstances;
    this.#log = log;
    this.#users = users;
    this.#groups = groups;
    users.listen({
      created: () => {},
      deactivated: (user) => {
        for (const app of this.table.values()) this.#take(app, user);
      },
      gone: () => {},
    });
    groups.listen({
      joined: (group, user) => {
        for (const app of this.table.values()) if (app.groups.has(group)) this.#give(app, user, "GROUP");
      },
      left: (group, user) => {
        for (const app of this.table.values()) if (app.groups.has(group)) this.#review(app, user);
      },
      gone: (group) => {
        for (const app of this.table.values()) if (app.groups.has(group)) this.unassignGroup(app.id, group);
      },
    });
  }

  get(id: string): App {
    const app = this.table.get(id);
    if (app === undefined) throw new Error(`there is no application ${id}`);
    return app;
  }

  /** Answers the id. */
  create(label: string): string {
    const id = this.#circumstances.random.id("0oa");
    const created = this.#circumstances.stamp();
    this.table.set(id, { id, label, created, people: new OrderedTable(), groups: new OrderedTable() });
    this.#log.tell("application.lifecycle.create", [target("AppInstance", id, label, label)]);
    return id;
  }

  assignUser(id: string, user: string): void {
    this.#give(this.get(id), user, "USER");
  }

  /** Who also has it through a group keeps it. */
  unassignUser(id: string, user: string): void {
    const app = this.get(id);
    if (app.people.get(user)?.scope !== "USER") return;
    if (this.#throughGroup(app, user)) app.people.set(user, { ...this.#assignment(user), scope: "GROUP" });
    else this.#take(app, user);
  }

  assignGroup(id: string, group: string): void {
    const app = this.get(id);
    if (app.groups.has(group)) return;
    app.groups.set(group, this.#assignment(this.#groups.get(group).id));
    this.#tellGroup("group.application_assignment.add", app, group);
    for (const user of this.#groups.members(group).keys()) this.#give(app, user, "GROUP");
  }

  unassignGroup(id: string, group: string): void {
    const app = this.get(id);
    if (!app.groups.delete(group)) return;
    this.#tellGroup("group.application_assignment.remove", app, group);
    for (const user of this.#groups.members(group).keys()) this.#review(app, user);
  }

  #give(app: App, user: string, scope: "USER" | "GROUP"): void {
    if (this.#users.get(user).status === "DEPROVISIONED") {
      if (scope === "USER") throw new Error("a deactivated user is assigned to nothing");
      return;
    }
    const before = app.people.get(user);
    if (before?.scope === "USER" || before?.scope === scope) return;
    app.people.set(user, { ...this.#assignment(user), scope });
    if (before === undefined) this.#tellUser("application.user_membership.add", app, user);
  }

  #review(app: App, user: string): void {
    if (app.people.get(user)?.scope === "GROUP" && !this.#throughGroup(app, user)) this.#take(app, user);
  }

  #take(app: App, user: string): void {
    if (app.people.delete(user)) this.#tellUser("application.user_membership.remove", app, user);
  }

  #throughGroup(app: App, user: string): boolean {
    return [...app.groups.keys()].some((group) => this.#groups.members(group).has(user));
  }

  #assignment(id: string): Assignment {
    return { id, since: this.#circumstances.stamp() };
  }

  #tellUser(eventType: string, { id, label }: App, user: string): void {
    const person = userTarget(this.#users.get(user));
    const appUser = target("AppUser", `0ua${user.slice(3)}`, person.alternateId, person.displayName);
    this.#log.tell(eventType, [appUser, target("AppInstance", id, label, label), person]);
  }

  #tellGroup(eventType: string, { id, label }: App, group: string): void {
    const { name } = this.#groups.get(group).profile;
    const targets = [target("UserGroup", group, "unknown", name), target("AppInstance", id, label, label)];
    this.#log.tell(eventType, targets);
  }
}
