import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/okta/index.ts";
import type { Source } from "../../../src/sources/source.ts";
import { readScopes } from "../../stand-ins/okta/access.ts";
import { noLags } from "../../stand-ins/okta/circumstances.ts";
import { type OktaOrganisation, startOktaOrganisation } from "../../stand-ins/okta/okta-organisation.ts";
import type { ProfileValue } from "../../stand-ins/okta/profile.ts";
import type { UserStatus } from "../../stand-ins/okta/statuses.ts";
import { Chance } from "./chance.ts";
import { type Company, type Happening, type Person, ringed, type ValueName } from "./company.ts";
import { trustOnly } from "./few-authorities.ts";
import { oktaTrouble } from "./okta-trouble.ts";
import type { Customs } from "./plot.ts";
import type { Vendor } from "./vendor.ts";
import { VirtualClock } from "./virtual-clock.ts";

const SECRET = "ROLLCALL_TEST_CLOUDS_OKTA";
const KEY = "ROLLCALL_TEST_CLOUDS_OKTA_KEY";
const MINUTE_MS = 60_000;

/** What each value is called in the profile. */
const properties: Readonly<Record<ValueName, string>> = {
  display: "displayName",
  given: "firstName",
  family: "lastName",
  mail: "email",
  title: "title",
  department: "department",
  phone: "primaryPhone",
  mobile: "mobilePhone",
  city: "city",
  number: "employeeNumber",
};

/** As the administrator who made a token, or as a service application with a key, to which its tokens may be bound (DPoP). */
type Login = "token" | "key" | "bound key";

/** Statuses that change nothing for the person: from the status now to another one in which they may log in. */
const wobbles: Readonly<Partial<Record<UserStatus, readonly [UserStatus, ...UserStatus[]]>>> = {
  ACTIVE: ["LOCKED_OUT", "PASSWORD_EXPIRED", "RECOVERY"],
  LOCKED_OUT: ["ACTIVE"],
  PASSWORD_EXPIRED: ["ACTIVE", "RECOVERY"],
  RECOVERY: ["ACTIVE"],
  PROVISIONED: ["ACTIVE", "RECOVERY"],
};

/** An organisation of Okta in which a company lives. */
export class OktaVendor implements Vendor {
  readonly definition = definition;
  readonly customs: Customs = {
    bin: false,
    guests: false,
    nesting: false,
    required: ["given", "family", "mail"],
  };
  readonly clock: VirtualClock;
  heard: () => void = () => {};
  hasSecrets = false;
  readonly #okta: OktaOrganisation;
  readonly #caFile: string;
  readonly #ids = new Map<string, string>();
  #chance = new Chance(1);
  /** Changes as by an import, of which the log holds nothing. */
  #silence = 0;
  #readsLog = true;
  #login: Login = "token";

  private constructor(okta: OktaOrganisation, clock: VirtualClock, caFile: string) {
    this.#okta = okta;
    this.clock = clock;
    this.#caFile = caFile;
    process.env[SECRET] = okta.token;
    process.env[KEY] = okta.privateKey;
    okta.heard = ({ path }) => {
      clock.pass(7);
      // Lists and the log are read one after the other; members and single people several at a time.
      if (/^\/api\/v1\/(users|groups|logs)\?/.test(path)) this.heard();
    };
  }

  static async start(): Promise<OktaVendor> {
    const clock = new VirtualClock();
    const okta = await startOktaOrganisation({ now: clock.now, lags: noLags });
    const caFile = join(tmpdir(), `rollcall-clouds-okta-${process.pid}.pem`);
    writeFileSync(caFile, okta.ca);
    trustOnly(caFile);
    return new OktaVendor(okta, clock, caFile);
  }

  /** What lags behind by more than the overlap of the reads is found by the next full read only. */
  get longestLagMs(): number {
    return 7 * MINUTE_MS;
  }

  /** An application that was refused a scope does without it for good. */
  get way(): string {
    return `${this.#login}, ${this.#readsLog ? "reads" : "may not read"} the log`;
  }

  open(select: Parameters<Vendor["open"]>[0]): Source {
    const { url: orgUrl, clientId, keyId } = this.#okta;
    const dpop = this.#login === "bound key";
    const settings = definition.settings.parse({
      orgUrl,
      ca: { file: this.#caFile },
      ...(this.#login === "token"
        ? { token: { env: SECRET } }
        : { clientId, privateKey: { env: KEY }, keyId, dpop }),
    });
    return definition.open(settings, { name: "okta", select, log: silent, clock: this.clock });
  }

  async close(): Promise<void> {
    await this.#okta.stop();
    rmSync(this.#caFile, { force: true });
  }

  begin(chance: Chance): string {
    this.#chance = chance;
    this.#ids.clear();
    this.#okta.empty(1);
    this.calm();
    const { lags } = this.#okta.circumstances;
    lags.searchMs = chance.pick([0, 1_000, MINUTE_MS, 3 * MINUTE_MS, 5 * MINUTE_MS]);
    lags.membershipMs = chance.pick([0, 0, 6_000, MINUTE_MS, 3 * MINUTE_MS]);
    lags.logMs = chance.pick([0, 0, 1_000, MINUTE_MS, 5 * MINUTE_MS]);
    this.#okta.circumstances.statusKeepsLastUpdated = chance.happens(0.3);
    this.#silence = chance.happens(0.2) ? 0.2 : 0;
    const readsLog = !chance.happens(0.25);
    this.#readsLog = readsLog;
    this.hasSecrets = false;
    this.#login = chance.pick(["token", "token", "key", "bound key"]);
    const rights = readScopes.filter((scope) => readsLog || scope !== "okta.logs.read");
    Object.assign(this.#okta.access.grants, {
      tokenRights: rights,
      scopes: rights,
      dpop: this.#login === "bound key",
    });
    this.#okta.access.useToken();
    const { statusKeepsLastUpdated } = this.#okta.circumstances;
    return `an Okta organisation: ${JSON.stringify({ way: this.way, lags, statusKeepsLastUpdated, silence: this.#silence })}`;
  }

  trouble(): readonly string[] {
    return oktaTrouble(this.#okta, this.#chance, { asksForTokens: this.#login !== "token" });
  }

  calm(): void {
    const { faults, circumstances } = this.#okta;
    faults.length = 0;
    this.#okta.forgetRequests();
    circumstances.mostOnPage = Number.POSITIVE_INFINITY;
  }

  idOf(key: string): string {
    return this.#ids.get(key) ?? `nobody ${key}`;
  }

  play(happening: Happening, company: Company): void {
    const { log } = this.#okta;
    const isSilent = this.#chance.happens(this.#silence);
    if (isSilent || !this.#readsLog) this.hasSecrets ||= this.#leavesNoDate(happening);
    if (isSilent) log.silently(() => this.#play(happening, company));
    else this.#play(happening, company);
  }

  /** Without an event, nothing but a full read can tell of it. */
  #leavesNoDate({ what }: Happening): boolean {
    if (what === "switch" || what === "noise") return this.#okta.circumstances.statusKeepsLastUpdated;
    return what === "erase" || what === "erase group";
  }

  #play(happening: Happening, company: Company): void {
    const { users } = this.#okta;
    const id = (key: string): string => this.idOf(key);
    switch (happening.what) {
      case "hire": {
        const { person, login, values, on } = happening;
        const status = on ? this.#chance.pick(["ACTIVE", "ACTIVE", "PROVISIONED"]) : "STAGED";
        this.#ids.set(person, users.create({ login, ...profileOf(values) }, status as UserStatus));
        break;
      }
      case "set":
        users.updateProfile(id(happening.person), profileOf({ [happening.name]: happening.value }));
        break;
      case "rename":
        users.updateProfile(id(happening.person), { login: happening.login });
        break;
      case "ring":
        this.#ring(happening.people.map((key) => company.person(key)));
        break;
      case "switch":
        this.#switch(id(happening.person), happening.on);
        break;
      case "manager":
        users.updateProfile(id(happening.person), {
          managerId: happening.manager === undefined ? null : id(happening.manager),
        });
        break;
      case "erase":
        users.deleteForGood(id(happening.person));
        break;
      case "noise": {
        const next = wobbles[users.get(id(happening.person)).status];
        if (next !== undefined) users.setStatus(id(happening.person), this.#chance.pick(next));
        else users.updateProfile(id(happening.person), { costCenter: `c${this.#chance.below(9)}` });
        break;
      }
      default:
        if (!("group" in happening)) throw new Error(`nobody can do that in Okta: ${happening.what}`);
        this.#playGroup(happening);
    }
  }

  #switch(id: string, on: boolean): void {
    const { users } = this.#okta;
    const { status } = users.get(id);
    if (on) users.setStatus(id, "ACTIVE");
    else if (this.#chance.happens(0.5) && status !== "PROVISIONED") users.suspend(id);
    else users.deactivate(id);
  }

  /** No two people have the same login here, not for a moment. */
  #ring(people: readonly Person[]): void {
    const { users } = this.#okta;
    for (const { key, login } of people) users.updateProfile(this.idOf(key), { login: `between.${login}` });
    for (const [index, person] of people.entries()) {
      const { login, values } = people[(index + 1) % people.length] ?? person;
      const names = profileOf(Object.fromEntries(ringed.map((name) => [name, values[name]])));
      users.updateProfile(this.idOf(person.key), { login, ...names });
    }
  }

  #playGroup(happening: Extract<Happening, { group: string }>): void {
    const { groups } = this.#okta;
    const group = this.idOf(happening.group);
    switch (happening.what) {
      case "found": {
        const made = groups.create(happening.title);
        this.#ids.set(happening.group, made);
        for (const member of happening.members) groups.add(made, this.idOf(member));
        break;
      }
      case "retitle":
        groups.rename(group, happening.title);
        break;
      case "join":
        groups.add(group, this.idOf(happening.member));
        break;
      case "leave":
        groups.remove(group, this.idOf(happening.member));
        break;
      case "erase group":
        groups.delete(group);
        break;
      default:
        throw new Error(`nobody can do that in Okta: ${happening.what}`);
    }
  }

  account({ key, login, values }: Person): Readonly<Record<string, unknown>> {
    const { display, given, family, mail, title, department, phone, mobile, city, number } = values;
    return {
      externalId: this.idOf(key),
      userName: login,
      displayName: display ?? `${given} ${family}`,
      name: { givenName: given, familyName: family, formatted: `${given} ${family}` },
      title,
      emails: [{ type: "work", value: mail, primary: true }],
      phoneNumbers: [
        ...(phone === undefined ? [] : [{ type: "work", value: phone }]),
        ...(mobile === undefined ? [] : [{ type: "mobile", value: mobile }]),
      ],
      addresses: city === undefined ? [] : [{ type: "work", locality: city }],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { employeeNumber: number, department },
    };
  }
}

function profileOf(
  values: Readonly<Partial<Record<ValueName, string | undefined>>>,
): Readonly<Record<string, ProfileValue>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [properties[name as ValueName], value ?? null]),
  );
}
