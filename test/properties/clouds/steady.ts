import type { AccountBook } from "./account-book.ts";
import type { Company } from "./company.ts";
import { isEntitled, type Portrait, peopleIn, type Verdict, verdictOn, type Wish } from "./truth.ts";

/**
 * What may at no time be lost, not even for the length of one failed cycle: who was seen with access and was entitled to it ever since
 * keeps it, who was seen in a group and belonged there ever since stays, an account stays the same account, and what was right once and did
 * not change is right.
 */
export class Steady {
  readonly #company: Company;
  readonly #portrait: Portrait;
  readonly #wish: Wish;
  /** Keys of people. */
  readonly #access = new Set<string>();
  /** "group person" */
  readonly #memberships = new Set<string>();
  readonly #accounts = new Map<string, string>();
  /** Key of somebody, or of a group, that was as it should be -> what there was to know of it then. */
  readonly #right = new Map<string, string>();

  #grounds = "";

  constructor(company: Company, portrait: Portrait, wish: Wish) {
    this.#company = company;
    this.#portrait = portrait;
    this.#wish = wish;
  }

  /** Something happened: what is no longer true need not last. */
  happened(): void {
    for (const key of this.#access) if (!isEntitled(this.#company.person(key))) this.#access.delete(key);
    const belonging = this.#belonging();
    for (const edge of this.#memberships) if (!belonging.has(edge)) this.#memberships.delete(edge);
    for (const [key] of this.#accounts)
      if (this.#company.person(key).at !== "here") this.#accounts.delete(key);
    for (const [key, known] of this.#right) if (this.#knownOf(key) !== known) this.#right.delete(key);
  }

  /** What was lost since the last look. */
  look(book: AccountBook): string[] {
    const lost: string[] = [];
    const accounts = new Map(book.accounts.map((account) => [account.externalId, account]));
    const belonging = this.#belonging();
    const members = new Set(
      book.groups.flatMap(({ externalId, members: ids }) => [...ids].map((id) => `${externalId} ${id}`)),
    );
    for (const { key, at } of this.#company.people.values()) {
      const account = accounts.get(this.#portrait.idOf(key));
      if (this.#access.has(key) && account?.active !== true) lost.push(`${key} lost access for no reason`);
      if (account?.active === true && isEntitled(this.#company.person(key))) this.#access.add(key);
      const before = this.#accounts.get(key);
      if (before !== undefined && account?.id !== before) lost.push(`${key} has another account than before`);
      if (account !== undefined && at === "here") this.#accounts.set(key, account.id);
    }
    for (const edge of belonging) {
      const [group = "", person = ""] = edge.split(" ");
      const account = accounts.get(this.#portrait.idOf(person));
      const isThere = members.has(`${this.#portrait.idOf(group)} ${account?.id}`);
      if (this.#memberships.has(edge) && !isThere) lost.push(`${person} lost ${group} for no reason`);
      if (isThere) this.#memberships.add(edge);
    }
    return [...lost, ...this.#wentWrong(book)];
  }

  #wentWrong(book: AccountBook): string[] {
    const verdict = verdictOn(this.#company, book, this.#portrait, this.#wish);
    const owners = book.accounts.map(({ externalId }) => externalId).sort();
    // Who has an account decides about managers and members.
    const grounds = owners.join(" ");
    const lost = grounds === this.#grounds ? this.#noLongerRight(verdict) : [];
    this.#grounds = grounds;
    for (const [key, wrong] of [...verdict.people, ...verdict.groups]) {
      if (wrong.length === 0) this.#right.set(key, this.#knownOf(key));
      else this.#right.delete(key);
    }
    return lost;
  }

  #noLongerRight({ people, groups }: Verdict): string[] {
    return [...this.#right.keys()].flatMap((key) =>
      (people.get(key) ?? groups.get(key) ?? []).map(
        (wrong) => `was right before and did not change: ${wrong}`,
      ),
    );
  }

  /** All that what the target should hold of somebody, or of a group, depends on. */
  #knownOf(key: string): string {
    const person = this.#company.people.get(key);
    const group = this.#company.groups.get(key);
    if (group !== undefined)
      return JSON.stringify([group.at, group.title, [...peopleIn(this.#company, group, this.#wish.nested)]]);
    const boss = person?.manager === undefined ? undefined : this.#company.person(person.manager).at;
    return JSON.stringify([person, boss]);
  }

  #belonging(): ReadonlySet<string> {
    const groups = [...this.#company.groups.values()].filter(({ at }) => at === "here");
    return new Set(
      groups.flatMap((group) =>
        [...peopleIn(this.#company, group, this.#wish.nested)].map((person) => `${group.key} ${person}`),
      ),
    );
  }
}
