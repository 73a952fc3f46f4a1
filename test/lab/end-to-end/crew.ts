import { Attribute, Change, type Client } from "ldapts";
import { guidText } from "./expected-state.ts";
import type { TargetState } from "./target-state.ts";

/** One of the crew as the directory has them now. */
interface Hand {
  readonly number: number;
  readonly id: string;
  readonly dn: string;
  login: string;
  displayName: string;
  enabled: boolean;
  isGone: boolean;
}

interface Watch {
  readonly name: string;
  readonly dn: string;
  readonly members: Set<Hand>;
}

const WATCHES = 4;

/**
 * A few people and groups in an organizational unit of their own, who live on in a real directory: changed by LDAP one step at a time,
 * and remembered here, so that a target can be compared with what is true.
 */
export class Crew {
  readonly baseDn: string;
  readonly #client: Client;
  readonly #name: string;
  readonly #hands: Hand[] = [];
  readonly #watches: Watch[] = [];
  readonly #random: () => number;

  private constructor(client: Client, name: string, baseDn: string, random: () => number) {
    this.#client = client;
    this.#name = name;
    this.baseDn = baseDn;
    this.#random = random;
  }

  /** `random` gives numbers from 0 to 1; the same numbers give the same life. */
  static async hire(client: Client, name: string, domain: string, random: () => number): Promise<Crew> {
    const crew = new Crew(client, name, `OU=${name},${domain}`, random);
    await client.add(crew.baseDn, { objectClass: "organizationalUnit" });
    for (let index = 0; index < WATCHES; index++) {
      const dn = `CN=${name} watch ${index},${crew.baseDn}`;
      await client.add(dn, { objectClass: "group", sAMAccountName: `${name}-watch-${index}` });
      crew.#watches.push({ name: `${name} watch ${index}`, dn, members: new Set() });
    }
    for (let index = 0; index < 6; index++) await crew.#join();
    return crew;
  }

  /** One to four things happen. */
  async live(): Promise<void> {
    const steps = [
      this.#join,
      this.#join,
      this.#marry,
      this.#moveOn,
      this.#moveOn,
      this.#rest,
      this.#rest,
      this.#leave,
    ];
    const count = 1 + Math.floor(this.#random() * 4);
    for (let done = 0; done < count; done++) await this.#pick(steps)?.call(this);
  }

  /** What is wrong at a target that a whole sync has just served; people who were never on while a sync looked may have no account. */
  problemsAt(target: TargetState): readonly string[] {
    const accounts = [...target.users.values()];
    const accountOf = (hand: Hand) => accounts.filter((each) => each["externalId"] === hand.id);
    const known = new Set(this.#hands.map(({ id }) => id));
    const problems = accounts
      .filter((each) => !known.has(each["externalId"] ?? ""))
      .map((each) => `an account of nobody: ${JSON.stringify(each)}`);
    for (const hand of this.#hands) {
      const found = accountOf(hand);
      const [account, another] = found;
      if (another !== undefined) problems.push(`${found.length} accounts of ${hand.login}`);
      if (account === undefined) {
        if (hand.enabled && !hand.isGone) problems.push(`${hand.login} has no account`);
        continue;
      }
      const active = String(hand.enabled && !hand.isGone);
      if (account["active"] !== active) problems.push(`${hand.login} has active: ${account["active"]}`);
      if (hand.isGone) continue;
      for (const [path, value] of [
        ["userName", hand.login],
        ["displayName", hand.displayName],
      ] as const)
        if (account[path] !== value)
          problems.push(`${hand.login}: ${path} is ${account[path]}, not ${value}`);
    }
    for (const watch of this.#watches) {
      const wanted = [...watch.members]
        .filter((hand) => !hand.isGone && accountOf(hand).length > 0)
        .map(({ login }) => login)
        .toSorted();
      const has = target.groups.get(watch.name)?.["members"];
      if (has !== wanted.join("\n"))
        problems.push(`${watch.name} has ${JSON.stringify(has)}, not ${JSON.stringify(wanted.join("\n"))}`);
    }
    return problems;
  }

  async #join(): Promise<void> {
    const number = this.#hands.length;
    const login = `${this.#name}.${number}@lab.example`;
    const dn = `CN=${this.#name} hand ${number},${this.baseDn}`;
    await this.#client.add(dn, {
      objectClass: "user",
      sAMAccountName: `${this.#name}-${number}`,
      userPrincipalName: login,
      displayName: `Hand ${number}`,
      mail: `${this.#name}.${number}@mail.lab.example`,
      // Without a password an account may only be enabled when it need not have one.
      userAccountControl: "544",
    });
    const { searchEntries } = await this.#client.search(dn, {
      scope: "base",
      attributes: ["objectGUID"],
      explicitBufferAttributes: ["objectGUID"],
    });
    const id = guidText(searchEntries[0]?.["objectGUID"] as Buffer);
    const hand = { number, id, dn, login, displayName: `Hand ${number}`, enabled: true, isGone: false };
    this.#hands.push(hand);
    await this.#toggle(hand);
  }

  /** Another name to be shown, or to log in with. */
  async #marry(): Promise<void> {
    const hand = this.#somebody();
    if (hand === undefined) return;
    const suffix = Math.floor(this.#random() * 1e9).toString(36);
    if (this.#random() < 0.5) {
      hand.displayName = `Hand ${hand.number} ${suffix}`;
      await this.#replace(hand.dn, "displayName", hand.displayName);
    } else {
      hand.login = `${this.#name}.${hand.number}.${suffix}@lab.example`;
      await this.#replace(hand.dn, "userPrincipalName", hand.login);
    }
  }

  async #moveOn(): Promise<void> {
    const hand = this.#somebody();
    if (hand !== undefined) await this.#toggle(hand);
  }

  async #rest(): Promise<void> {
    const hand = this.#somebody();
    if (hand === undefined) return;
    hand.enabled = !hand.enabled;
    await this.#replace(hand.dn, "userAccountControl", hand.enabled ? "544" : "546");
  }

  async #leave(): Promise<void> {
    const hand = this.#somebody();
    if (hand === undefined) return;
    await this.#client.del(hand.dn);
    hand.isGone = true;
  }

  /** Into a watch, or out of it. */
  async #toggle(hand: Hand): Promise<void> {
    const watch = this.#pick(this.#watches);
    if (watch === undefined) return;
    const isMember = watch.members.has(hand);
    if (isMember) watch.members.delete(hand);
    else watch.members.add(hand);
    const modification = new Attribute({ type: "member", values: [hand.dn] });
    await this.#client.modify(watch.dn, new Change({ operation: isMember ? "delete" : "add", modification }));
  }

  async #replace(dn: string, type: string, value: string): Promise<void> {
    const modification = new Attribute({ type, values: [value] });
    await this.#client.modify(dn, new Change({ operation: "replace", modification }));
  }

  #somebody(): Hand | undefined {
    return this.#pick(this.#hands.filter((hand) => !hand.isGone));
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}
