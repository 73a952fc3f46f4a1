import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LdapCounter, startLdapCounter } from "../ldap-counter.ts";
import { createCompany } from "../people.ts";
import { COMPANY_DN, companyLdif } from "../people-ldif.ts";
import { type DomainController, startDomainController } from "../samba.ts";
import { type RunningService, startBetterAuth, startScimmy } from "../scim-services.ts";
import { changesOf } from "./changes.ts";
import { afterChanges, expectedState, readIds, withMailForAll } from "./expected-state.ts";
import { AD_PASSWORD, directorySection, type Ended, Installation, type Printed } from "./installation.ts";
import {
  differences,
  directoryWrites,
  readDirectoryFile,
  readService,
  serviceWrites,
  type TargetState,
  writesBetween,
} from "./target-state.ts";

const seed = 2_000;
const company = createCompany({ seed, people: 2_000, groups: 50, largeGroup: 2_000 });

/** scimmy's filter grammar ends a value at the first quote: a group whose name has one cannot be looked up by name. */
const SCIMMY_MAPPING = `extends: default
groups:
  match: [externalId]
`;

/** better-auth wants an e-mail address of everybody: where there is none, the logon name stands in. */
const BETTER_AUTH_MAPPING = `extends: default
users:
  attributes:
    'emails[type eq "work"].value': coalesce(user.mail, user.userPrincipalName, user.sAMAccountName + "@lab.example")
`;

/** Names of groups with more than 1,000 members, inner ones included. */
const tooLargeForBetterAuth = company.teams
  .filter((team) => team.index === 0 || team.teams.includes(0))
  .map((team) => team.cn);

const NAMES = ["embedded", "scimmy", "betterAuth"] as const;
type Name = (typeof NAMES)[number];

describe("2,000 people and 50 groups of a domain controller, in an embedded directory and two SCIM services", () => {
  let dc: DomainController;
  let counter: LdapCounter;
  const services = new Map<Name, RunningService>();
  let site: Installation;
  let ids: ReadonlyMap<string, string>;
  let first: TargetState;
  let firstSyncs: ReadonlyMap<Name, Ended & { readonly printed: Printed }>;

  beforeAll(async () => {
    [dc] = await Promise.all([
      startDomainController({ ldif: companyLdif(company) }),
      startScimmy().then((service) => services.set("scimmy", service)),
      startBetterAuth().then((service) => services.set("betterAuth", service)),
    ]);
    counter = await startLdapCounter(dc);
    const account = await dc.createServiceAccount({ directoryChanges: true, deletedObjects: true });
    const scim = (name: Name, variable: string) => ({
      type: "scim",
      baseUrl: services.get(name)?.baseUrl,
      token: { env: variable },
    });
    site = await Installation.create(
      {
        sources: { ad: directorySection(dc, account, { url: counter.url, baseDn: COMPANY_DN }) },
        targets: {
          directory: { type: "embedded" },
          scimmy: scim("scimmy", "SCIMMY"),
          betterAuth: scim("betterAuth", "BETTER_AUTH"),
        },
        connections: {
          embedded: { source: "ad", target: "directory" },
          scimmy: { source: "ad", target: "scimmy", mapping: "scimmy.yaml" },
          betterAuth: {
            source: "ad",
            target: "betterAuth",
            mapping: "better-auth.yaml",
            // It takes 1,000 members a group: larger ones are not pushed there.
            scope: {
              groups: tooLargeForBetterAuth.map((cn) => `group.cn != ${JSON.stringify(cn)}`).join(" && "),
            },
          },
        },
      },
      {
        [AD_PASSWORD]: account.password,
        SCIMMY: services.get("scimmy")?.token ?? "",
        BETTER_AUTH: services.get("betterAuth")?.token ?? "",
      },
      { "scimmy.yaml": SCIMMY_MAPPING, "better-auth.yaml": BETTER_AUTH_MAPPING },
    );
    ids = await readIds(dc);
    first = expectedState(company, ids);
    firstSyncs = await inAll((name) => site.sync(name));
  }, 400_000);

  afterAll(async () => {
    await site?.remove();
    for (const service of services.values()) await service.stop();
    await counter?.stop();
    await dc?.stop();
  });

  async function inAll<Result>(work: (name: Name) => Promise<Result>): Promise<ReadonlyMap<Name, Result>> {
    return new Map(await Promise.all(NAMES.map(async (name) => [name, await work(name)] as const)));
  }

  function directoryFile(): string {
    return join(site.state, "targets", "directory.directory.db");
  }

  function serviceOf(name: Name): RunningService {
    const service = services.get(name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  function held(name: Name): Promise<TargetState> {
    return name === "embedded"
      ? Promise.resolve(readDirectoryFile(directoryFile()))
      : readService(serviceOf(name));
  }

  function wanted(name: Name, state: TargetState): TargetState {
    if (name !== "betterAuth") return state;
    const groups = [...state.groups].filter(
      ([, group]) => (group["members"] ?? "").split("\n").length <= 1_000,
    );
    return withMailForAll({ ...state, groups: new Map(groups) });
  }

  /** Writes that the target has taken so far, by its own count. */
  function writes(name: Name): Promise<number> {
    return name === "embedded"
      ? Promise.resolve(directoryWrites(directoryFile()))
      : serviceWrites(serviceOf(name));
  }

  test.each(NAMES)("a first sync leaves in %s exactly what the company is", async (name) => {
    const done = firstSyncs.get(name);
    expect(done?.code, done?.stderr).toBe(0);
    const found = await held(name);
    expect(differences(found, wanted(name, first)).slice(0, 20)).toEqual([]);
    expect(found.groups.size).toBe(name === "betterAuth" ? 50 - tooLargeForBetterAuth.length : 50);
    const largest = Math.max(
      ...[...found.groups.values()].map((group) => (group["members"] ?? "").split("\n").length),
    );
    if (name !== "betterAuth") expect(largest).toBe(first.users.size);
  });

  test("a second sync with nothing changed gets no entry from DirSync, writes nothing, and says so", async () => {
    const before = await inAll(writes);
    counter.reset();
    const { code, stdout, stderr } = await site.run("sync");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout.match(/Nothing changed: .* 0 writes/g)).toHaveLength(NAMES.length);
    expect(stdout.match(/only what changed since the last read: nothing/g)).toHaveLength(NAMES.length);
    expect(counter.dirSyncs.length).toBeGreaterThanOrEqual(NAMES.length);
    expect(counter.dirSyncs.map((search) => search.entries)).toEqual(counter.dirSyncs.map(() => 0));
    expect(await inAll(writes)).toEqual(before);
  });

  test("a day of changes arrives exactly, with no more writes than there are changes", async () => {
    const changes = changesOf(company, { seed });
    await dc.ldapmodify(changes.ldif);
    const second = afterChanges(first, changes, new Map([...ids, ...(await readIds(dc))]));
    const before = await inAll(writes);
    counter.reset();
    const done = await inAll((name) => site.sync(name));
    for (const name of NAMES) {
      const ended = done.get(name);
      expect(differences(await held(name), wanted(name, second)).slice(0, 20), name).toEqual([]);
      expect(ended?.code, `${name}: ${ended?.stdout}${ended?.stderr}`).toBe(0);
      const needed = writesBetween(wanted(name, first), wanted(name, second));
      expect((await writes(name)) - (before.get(name) ?? 0), name).toBe(needed);
    }
    const entries = counter.dirSyncs.reduce((sum, search) => sum + search.entries, 0);
    expect(entries).toBeGreaterThan(0);
    expect(entries).toBeLessThanOrEqual(NAMES.length * 20);
  });
});
