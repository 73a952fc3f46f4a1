import { type Account, type AccountBook, pruned } from "./account-book.ts";
import type { Company, Group, Person } from "./company.ts";

/** What an admin wants of the target. */
export interface Wish {
  readonly nested: "flatten" | "direct";
  readonly whenDeleted: "deactivate" | "delete";
  readonly removedGroups: "keep" | "delete";
}

/** How a directory names its people and groups, and what an account of one of them is to hold (the manager apart). */
export interface Portrait {
  idOf(key: string): string;
  account(person: Person): Readonly<Record<string, unknown>>;
}

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** Who is to be able to log in at the target. */
export function isEntitled({ at, on, guest }: Person): boolean {
  return at === "here" && on && !guest;
}

/** Keys of the people in a group, through the groups in it where these give theirs to it. */
export function peopleIn(company: Company, group: Group, nested: Wish["nested"]): ReadonlySet<string> {
  const found = new Set<string>();
  const entered = new Set([group.key]);
  const waiting = [group];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const key of at.members) {
      const person = company.people.get(key);
      if (person?.at === "here" && !person.guest) found.add(key);
      const inner = company.groups.get(key);
      if (inner?.at !== "here" || nested === "direct" || entered.has(key)) continue;
      entered.add(key);
      waiting.push(inner);
    }
  }
  return found;
}

/** What is wrong with each person's account and with each group, by key; nothing where all is as it should be. */
export interface Verdict {
  readonly people: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** About accounts that belong to nobody, or to somebody who has another. */
  readonly strangers: readonly string[];
}

export function verdictOn(company: Company, book: AccountBook, portrait: Portrait, wish: Wish): Verdict {
  const accounts = Map.groupBy(book.accounts, ({ externalId }) => externalId);
  const accountOf = (key: string): Account | undefined => accounts.get(portrait.idOf(key))?.[0];
  const people = [...company.people.values()];
  const groups = [...company.groups.values()];
  const known = new Set(people.map(({ key }) => portrait.idOf(key)));
  return {
    people: new Map(people.map((each) => [each.key, wrongAccount(each, accountOf, company, portrait, wish)])),
    groups: new Map(
      groups.map((each) => [each.key, wrongGroup(each, accountOf, company, book, portrait, wish)]),
    ),
    strangers: [...accounts].flatMap(([id, same]) => [
      ...(known.has(id) ? [] : [`there is an account of nobody (${id})`]),
      ...(same.length > 1 ? [`${id} has ${same.length} accounts`] : []),
    ]),
  };
}

/** Everything in which the target differs from what is true; nothing where it is as it should be. */
export function differences(company: Company, book: AccountBook, portrait: Portrait, wish: Wish): string[] {
  const { people, groups, strangers } = verdictOn(company, book, portrait, wish);
  return [...strangers, ...[...people.values()].flat(), ...[...groups.values()].flat()];
}

function wrongAccount(
  person: Person,
  accountOf: (key: string) => Account | undefined,
  company: Company,
  portrait: Portrait,
  wish: Wish,
): string[] {
  const { key } = person;
  const account = accountOf(key);
  if (account === undefined) return isEntitled(person) ? [`${key} has no account`] : [];
  const isAway = person.at !== "here";
  if (isAway && wish.whenDeleted === "delete") return [`${key} left, and the account is still there`];
  if (account.active !== isEntitled(person))
    return [`${key} ${account.active ? "can still log in" : "can not log in"}`];
  if (isAway || person.guest) return formerName(person, account);
  const boss = person.manager === undefined ? undefined : company.person(person.manager);
  const manager = boss?.at === "here" ? accountOf(boss.key)?.id : undefined;
  const expected = portrait.account(person);
  const enterprise = { ...(expected[ENTERPRISE] as object), manager: { value: manager ?? null } };
  const wanted = pruned({ ...expected, active: isEntitled(person), [ENTERPRISE]: enterprise });
  const [is, should] = [JSON.stringify(account.content), JSON.stringify(wanted)];
  return is === should ? [] : [`${key} is ${is} and should be ${should}`];
}

/** Nobody follows who left: the account keeps what it had then. */
function formerName({ key, logins }: Person, { content }: Account): string[] {
  const { userName } = content as { readonly userName: string };
  return logins.has(userName) ? [] : [`${key} left as somebody else, ${userName}`];
}

function wrongGroup(
  group: Group,
  accountOf: (key: string) => Account | undefined,
  company: Company,
  book: AccountBook,
  portrait: Portrait,
  wish: Wish,
): string[] {
  const { key, title } = group;
  const found = book.groups.filter(({ externalId }) => externalId === portrait.idOf(key));
  const [pushed] = found;
  if (found.length > 1) return [`${key} is there ${found.length} times`];
  if (group.at !== "here")
    return pushed !== undefined && wish.removedGroups === "delete" ? [`${key} is gone, and still there`] : [];
  if (pushed === undefined) return [`${key} is not there`];
  const wrong = pushed.name === title ? [] : [`${key} is called ${pushed.name} and should be ${title}`];
  const keyOf = new Map([...company.people.keys()].map((each) => [accountOf(each)?.id, each]));
  const wanted = [...peopleIn(company, group, wish.nested)].filter((each) => accountOf(each) !== undefined);
  const is = [...pushed.members]
    .map((id) => keyOf.get(id) ?? id)
    .sort()
    .join(", ");
  const should = wanted.sort().join(", ");
  return is === should ? wrong : [...wrong, `in ${key} are (${is}) and should be (${should})`];
}
