import type { Random } from "../random.ts";
import type { Group, Person } from "./directory.ts";
import type { World } from "./world.ts";

/** What happens to people and groups in the directory, and by hand at the target. Each is a small thing that happens in real companies. */
export class Story {
  readonly #world: World;
  readonly #random: Random;
  #born = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.story;
  }

  /** The company before the product is installed. */
  begin(): void {
    const { settings } = this.#world;
    for (let n = 0; n < settings.people; n++) this.#join();
    for (let n = 0; n < settings.groups; n++) this.#found(n);
    this.#accountsBefore();
  }

  /** From now on the target refuses somebody. */
  poison(): void {
    if (this.#there.length < 3 || !this.#random.chance(0.03)) return;
    const { id } = this.#random.pick(this.#there);
    this.#world.trace.note(`the target refuses ${id} from now on`);
    this.#world.poison.add(id);
  }

  /** Some time passes between two cycles, and something happens in it. */
  continue(): void {
    const most = this.#world.settings.people > 10 ? 6 : 3;
    for (let n = this.#random.between(0, most); n > 0; n--) this.#something();
  }

  /** What may be seen again is seen again: nothing is hidden any more. */
  reveal(): void {
    for (const person of this.#world.directory.people)
      if (person.hidden) this.#world.directory.put({ ...person, hidden: false });
  }

  #something(): void {
    const deeds: readonly (readonly [share: number, deed: () => void])[] = [
      [10, () => this.#join()],
      [14, () => this.#edit()],
      [8, () => this.#rename()],
      [8, () => this.#switch()],
      [5, () => this.#delete()],
      [4, () => this.#restore()],
      [7, () => this.#move()],
      [26, () => this.#membership()],
      [2, () => this.#renameGroup()],
      [2, () => this.#deleteGroup()],
      [2, () => this.#nest()],
      [2, () => this.#hide()],
      [2, () => this.#recycle()],
      [3, () => this.#manyLeave()],
      [3, () => this.#swap()],
      [3, () => this.#byHand()],
    ];
    let dice = this.#random.next() * deeds.reduce((sum, [share]) => sum + share, 0);
    for (const [share, deed] of deeds) {
      dice -= share;
      if (dice < 0) {
        deed();
        return;
      }
    }
  }

  get #there(): readonly Person[] {
    return this.#world.directory.people.filter((person) => !person.gone && !person.hidden);
  }

  /** No directory gives two people one login name, also not where one of them may not be seen. */
  #isTaken(login: string): boolean {
    return this.#world.directory.people.some((person) => !person.gone && person.login === login);
  }

  get #groups(): readonly Group[] {
    return this.#world.directory.groups.filter((group) => !group.gone);
  }

  #put(person: Person, why: string): void {
    this.#world.trace.note(`directory: ${person.id} ${why}`);
    this.#world.directory.put(person);
  }

  #join(): void {
    const id = `s${++this.#born}`;
    const random = this.#random;
    const others = this.#there;
    this.#put(
      {
        id,
        login: `${id}@example.com`,
        name: `Person ${id}`,
        title: random.chance(0.5) ? "Engineer" : undefined,
        mail: random.chance(0.7) ? `${id}@mail.example.com` : undefined,
        manager: others.length > 0 && random.chance(0.3) ? random.pick(others).id : undefined,
        enabled: random.chance(0.92),
        inside: random.chance(0.85),
        gone: false,
        hidden: false,
      },
      "joins",
    );
  }

  #edit(): void {
    if (this.#there.length === 0) return;
    const person = this.#random.pick(this.#there);
    const what = this.#random.between(0, 3);
    const title = this.#random.pick(["Engineer", "Manager", "Clerk", undefined]);
    if (what === 0) this.#put({ ...person, title }, `has the title ${title}`);
    else if (what === 1)
      this.#put(
        { ...person, name: `Person ${person.id} ${this.#random.between(0, 9)}` },
        "is called otherwise",
      );
    else if (what === 2) {
      const mail = this.#random.chance(0.2)
        ? undefined
        : `${person.id}.${this.#random.between(0, 9)}@mail.example.com`;
      this.#put({ ...person, mail }, `has the mail ${mail}`);
    } else {
      const manager = this.#random.chance(0.3) ? undefined : this.#random.pick(this.#there).id;
      this.#put({ ...person, manager }, `has the manager ${manager}`);
    }
  }

  #rename(): void {
    if (this.#there.length === 0) return;
    const person = this.#random.pick(this.#there);
    const login = `${person.id}.${this.#random.between(0, 99)}@example.com`;
    if (this.#world.directory.people.some((each) => each.login === login)) return;
    this.#put({ ...person, login }, `logs in as ${login}`);
  }

  #switch(): void {
    if (this.#there.length === 0) return;
    const person = this.#random.pick(this.#there);
    this.#put({ ...person, enabled: !person.enabled }, person.enabled ? "is disabled" : "is enabled");
  }

  #delete(): void {
    if (this.#there.length < 2) return;
    this.#put({ ...this.#random.pick(this.#there), gone: true }, "is deleted");
  }

  #restore(): void {
    const gone = this.#world.directory.people.filter((person) => person.gone);
    if (gone.length === 0) return;
    const person = this.#random.pick(gone);
    if (this.#isTaken(person.login)) return;
    this.#put({ ...person, gone: false, hidden: false }, "is restored");
  }

  #move(): void {
    if (this.#there.length === 0) return;
    const person = this.#random.pick(this.#there);
    this.#put(
      { ...person, inside: !person.inside },
      person.inside ? "moves out of scope" : "moves into scope",
    );
  }

  #hide(): void {
    if (this.#there.length < 3) return;
    const person = this.#random.pick(this.#there);
    this.#world.faults.strike("hidden person");
    this.#put({ ...person, hidden: true }, "may not be seen any more");
  }

  /** Somebody new gets the login name of somebody who is gone. */
  #recycle(): void {
    const gone = this.#world.directory.people.filter((person) => person.gone && !this.#isTaken(person.login));
    if (gone.length === 0) return;
    const { login } = this.#random.pick(gone);
    const id = `s${++this.#born}`;
    this.#put(
      {
        id,
        login,
        name: `Person ${id}`,
        title: undefined,
        mail: `${id}@mail.example.com`,
        manager: undefined,
        enabled: true,
        inside: true,
        gone: false,
        hidden: false,
      },
      `joins with the recycled name ${login}`,
    );
  }

  /** A department closes, or somebody made a mistake. */
  #manyLeave(): void {
    for (const person of this.#there)
      if (this.#random.chance(0.6)) this.#put({ ...person, enabled: false }, "is disabled with many others");
  }

  /** Two people change their login names with each other. */
  #swap(): void {
    if (this.#there.length < 2) return;
    const one = this.#random.pick(this.#there);
    const other = this.#random.pick(this.#there);
    if (one.id === other.id) return;
    this.#put({ ...one, login: other.login }, `gets the name of ${other.id}: ${other.login}`);
    this.#put({ ...other, login: one.login }, `gets the name of ${one.id}: ${one.login}`);
  }

  /** Somebody changes something at the target that the product has put there; once a seed, or it is another system that does it. */
  #byHand(): void {
    const { application, faults, trace, settings } = this.#world;
    if (faults.of("hand edit at the target") > 0) return;
    const ours = application.all("user").filter((held) => held.madeBy === "product");
    const groups = application.all("group").filter((held) => held.madeBy === "product");
    if (ours.length === 0) return;
    faults.strike("hand edit at the target");
    const { id } = this.#random.pick(ours);
    const members = groups.length > 0 && settings.target.capabilities.membersReadable;
    const what = this.#random.between(0, members ? 4 : 2);
    trace.note(`somebody edits ${id} at the target by hand (${what})`);
    if (what === 0) application.byHand(id, { displayName: "Somebody Else" });
    else if (what === 1) application.byHand(id, { active: true });
    else if (what === 2) application.remove(id);
    else if (what === 3) application.membersByHand(this.#random.pick(groups).id, (held) => held.slice(1));
    else application.membersByHand(this.#random.pick(groups).id, (held) => [...new Set([...held, id])]);
  }

  #found(n: number): void {
    const members = this.#there.filter(() => this.#random.chance(0.5)).map((person) => person.id);
    this.#putGroup({ id: `t${n}`, name: `Team ${n}`, members: new Set(members), gone: false }, "is founded");
  }

  #putGroup(group: Group, why: string): void {
    this.#world.trace.note(`directory: ${group.id} ${why}: ${[...group.members].join(" ")}`);
    this.#world.directory.putGroup(group);
  }

  #membership(): void {
    if (this.#groups.length === 0 || this.#there.length === 0) return;
    const group = this.#random.pick(this.#groups);
    const members = new Set(group.members);
    for (let n = this.#random.between(1, 2); n > 0; n--) {
      const { id } = this.#random.pick(this.#there);
      if (!members.delete(id)) members.add(id);
    }
    this.#putGroup({ ...group, members }, "has other members");
  }

  #renameGroup(): void {
    if (this.#groups.length === 0) return;
    const group = this.#random.pick(this.#groups);
    this.#putGroup({ ...group, name: `Team ${group.id} ${this.#random.between(0, 9)}` }, "is renamed");
  }

  #deleteGroup(): void {
    const gone = this.#world.directory.groups.filter((group) => group.gone);
    if (gone.length > 0)
      this.#putGroup({ ...this.#random.pick(gone), gone: false, members: new Set() }, "is restored");
    else if (this.#groups.length > 1)
      this.#putGroup({ ...this.#random.pick(this.#groups), gone: true }, "is deleted");
  }

  /** A group inside a group; circles happen. */
  #nest(): void {
    if (this.#groups.length < 2) return;
    const outer = this.#random.pick(this.#groups);
    const inner = this.#random.pick(this.#groups);
    if (outer.id === inner.id) return;
    const members = new Set(outer.members);
    if (!members.delete(inner.id)) members.add(inner.id);
    this.#putGroup({ ...outer, members }, "has another group inside");
  }

  /** Accounts that the application holds already: of people of ours, and of strangers. */
  #accountsBefore(): void {
    const { application } = this.#world;
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    application.plant("user", { schemas, userName: "admin@application.example", active: true });
    if (!this.#random.chance(0.3)) return;
    for (const person of this.#there) {
      if (!this.#random.chance(0.3)) continue;
      const externalId = this.#random.pick([undefined, undefined, person.id, "of-another-system"]);
      application.plant("user", {
        schemas,
        userName: person.login,
        active: this.#random.chance(0.9),
        ...(externalId === undefined ? {} : { externalId }),
      });
    }
  }
}
