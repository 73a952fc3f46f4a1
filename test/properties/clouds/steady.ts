import type { AccountBook } from "./account-book.ts";
import type { Company } from "./company.ts";
import { isEntitled, type Portrait, peopleIn, type Wish } from "./truth.ts";

/**
 * What may at no time be lost, not even for the length of one failed cycle: who was seen with access and was entitled to it ever since
 * keeps it, who was seen in a group and belonged there ever since stays, and an account stays the same account.
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
    return lost;
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
