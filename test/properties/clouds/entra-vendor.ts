import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/entra/index.ts";
import { EntraTenant as EntraSource } from "../../../src/sources/entra/tenant.ts";
import type { Source } from "../../../src/sources/source.ts";
import { defaultSwitches, type Switches } from "../../stand-ins/entra/switches.ts";
import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import type { Properties, Value } from "../../stand-ins/entra/value.ts";
import { Chance } from "./chance.ts";
import type { Company, Happening, Person, ValueName } from "./company.ts";
import { entraTrouble, pages } from "./entra-trouble.ts";
import { trustOnly } from "./few-authorities.ts";
import type { Customs } from "./plot.ts";
import type { Vendor } from "./vendor.ts";
import { VirtualClock } from "./virtual-clock.ts";

const DAY_MS = 86_400_000;
const SECRET = "ROLLCALL_TEST_CLOUDS_ENTRA";

/** What each value is called in Microsoft Graph. */
const properties: Readonly<Record<ValueName, string>> = {
  display: "displayName",
  given: "givenName",
  family: "surname",
  mail: "mail",
  title: "jobTitle",
  department: "department",
  phone: "businessPhones",
  mobile: "mobilePhone",
  city: "city",
  number: "employeeId",
};

/** A tenant of Entra ID in which a company lives. */
export class EntraVendor implements Vendor {
  readonly definition = definition;
  readonly customs: Customs = { bin: true, guests: true, nesting: true, required: [] };
  readonly clock: VirtualClock;
  readonly way = "client secret";
  hasSecrets = false;
  heard: () => void = () => {};
  readonly #tenant: EntraTenant;
  readonly #ids = new Map<string, string>();
  #chance = new Chance(1);
  #identities = new Chance(1);
  /** What stays as it is for a whole story. */
  #nature: Partial<Switches> = {};

  private constructor(tenant: EntraTenant, clock: VirtualClock, identities: { make: () => string }) {
    this.#tenant = tenant;
    this.clock = clock;
    identities.make = () => this.#newId();
    tenant.requests.heard = ({ at, path, query }) => {
      clock.pass(7);
      // The rounds of people and of groups begin at the same time; from then on one page comes after the other.
      if (at === "graph" && path.endsWith("/delta") && query.includes("$skiptoken")) this.heard();
    };
    process.env[SECRET] = tenant.clientSecret;
  }

  static async start(): Promise<EntraVendor> {
    const clock = new VirtualClock();
    const identities = { make: () => "" };
    const tenant = await startEntraTenant({
      now: clock.now,
      newId: () => identities.make() || crypto.randomUUID(),
      secretEndsAt: Date.now() + 365 * DAY_MS,
    });
    trustOnly(tenant.caFile);
    return new EntraVendor(tenant, clock, identities);
  }

  /** Who came less than an hour ago and is not found any more is given that hour. */
  get longestLagMs(): number {
    return 65 * 60_000;
  }

  open(select: Parameters<Vendor["open"]>[0]): Source {
    const { tenantId, clientId, loginUrl: login, graphUrl: graph, caFile } = this.#tenant;
    const settings = definition.settings.parse({
      tenantId,
      clientId,
      clientSecret: { env: SECRET },
      endpoints: { login, graph },
      ca: { file: caFile },
    });
    return new EntraSource(settings, { name: "entra", select, log: silent, clock: this.clock }, () => 0.5);
  }

  async close(): Promise<void> {
    await this.#tenant.stop();
  }

  begin(chance: Chance): string {
    this.#chance = chance;
    this.#identities = new Chance(chance.below(2 ** 30));
    this.#ids.clear();
    this.#tenant.empty();
    this.hasSecrets = false;
    this.#nature = {
      removedInFirstRound: chance.happens(0.7),
      hardDeleteTellsGroups: chance.happens(0.7),
      expiredAnswer: chance.pick(["400 syncStateNotFound", "410 with Location"]),
      ...(chance.happens(0.4) ? pages(chance) : {}),
    };
    this.calm();
    return `an Entra tenant: ${JSON.stringify(this.#nature)}`;
  }

  trouble(): readonly string[] {
    const said = entraTrouble(this.#tenant, this.#chance, this.clock);
    // Who was not found at any place for a while, before they had an account, is found by the next full read.
    this.hasSecrets ||= this.#tenant.switches.readLagMs > 0;
    return said;
  }

  calm(): void {
    const { switches, faults, requests } = this.#tenant;
    faults.length = 0;
    requests.clear();
    this.#tenant.tokenLifeSeconds = 3599;
    Object.assign(switches, defaultSwitches(), this.#nature);
  }

  idOf(key: string): string {
    return this.#ids.get(key) ?? `nobody ${key}`;
  }

  play(happening: Happening, company: Company): void {
    const tenant = this.#tenant;
    const id = (key: string): string => this.idOf(key);
    switch (happening.what) {
      case "hire": {
        const { person, login, values, on, guest } = happening;
        const userType = guest ? "Guest" : "Member";
        const known = { userPrincipalName: login, accountEnabled: on, userType, displayName: null };
        this.#ids.set(person, tenant.createUser({ ...known, ...propertiesOf(values) }));
        break;
      }
      case "set":
        tenant.updateUser(id(happening.person), propertiesOf({ [happening.name]: happening.value }));
        break;
      case "rename":
        tenant.updateUser(id(happening.person), { userPrincipalName: happening.login });
        break;
      case "ring":
        this.#ring(happening.people.map((key) => company.person(key)));
        break;
      case "switch":
        tenant.updateUser(id(happening.person), { accountEnabled: happening.on });
        break;
      case "guest":
        tenant.updateUser(id(happening.person), { userType: happening.guest ? "Guest" : "Member" });
        break;
      case "manager":
        tenant.setManager(id(happening.person), happening.manager && id(happening.manager));
        break;
      case "bin":
        tenant.softDelete(id(happening.person));
        break;
      case "erase":
        tenant.hardDelete(id(happening.person));
        break;
      case "restore":
        tenant.restore(id(happening.person));
        break;
      case "noise":
        tenant.updateUser(id(happening.person), { employeeType: `type ${this.#chance.below(9)}` });
        break;
      default:
        this.#playGroup(happening);
    }
  }

  #ring(people: readonly Person[]): void {
    for (const [index, next] of people.slice(1).entries())
      this.#tenant.swapNames(this.idOf((people[index] ?? next).key), this.idOf(next.key));
    for (const [index, person] of people.entries()) {
      const { given, family } = (people[(index + 1) % people.length] ?? person).values;
      this.#tenant.updateUser(this.idOf(person.key), propertiesOf({ given, family }));
    }
  }

  #playGroup(happening: Extract<Happening, { group: string }>): void {
    const tenant = this.#tenant;
    const group = this.idOf(happening.group);
    switch (happening.what) {
      case "found": {
        const members = happening.members.map((key) => this.idOf(key));
        this.#ids.set(happening.group, tenant.createGroup({ displayName: happening.title }, members));
        break;
      }
      case "retitle":
        tenant.updateGroup(group, { displayName: happening.title });
        break;
      case "join":
        tenant.addMember(group, this.idOf(happening.member));
        break;
      case "leave":
        tenant.removeMember(group, this.idOf(happening.member));
        break;
      case "bin group":
        tenant.softDelete(group);
        break;
      case "erase group":
        tenant.hardDelete(group);
        break;
      case "restore group":
        tenant.restore(group);
        break;
    }
  }

  account({ key, login, values }: Person): Readonly<Record<string, unknown>> {
    const { display, given, family, mail, title, department, phone, mobile, city, number } = values;
    return {
      externalId: this.idOf(key),
      userName: login,
      displayName: display ?? login,
      name: { givenName: given, familyName: family, formatted: [given, family].filter(Boolean).join(" ") },
      title,
      emails: mail === undefined ? [] : [{ type: "work", value: mail, primary: true }],
      phoneNumbers: [
        ...(phone === undefined ? [] : [{ type: "work", value: phone }]),
        ...(mobile === undefined ? [] : [{ type: "mobile", value: mobile }]),
      ],
      addresses: city === undefined ? [] : [{ type: "work", locality: city }],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { employeeNumber: number, department },
    };
  }

  #newId(): string {
    const hex = Array.from({ length: 32 }, () => this.#identities.below(16).toString(16)).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}

/** People's telephones are lists of one at most. */
function propertiesOf(values: Readonly<Partial<Record<ValueName, string | undefined>>>): Properties {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, Value] =>
      name === "phone"
        ? [properties.phone, value === undefined ? [] : [value]]
        : [properties[name as ValueName], value ?? null],
    ),
  );
}
