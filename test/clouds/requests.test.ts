/** What cycles cost the directory and the target in requests, counted by those who are asked. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { connectionNamed, openConnection } from "../../src/connection.ts";
import { cycle } from "../../src/cycle.ts";
import { silent } from "../../src/log.ts";
import { checkMapping } from "../../src/mapping/compile.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { type Asked, type Crowd, DEPARTMENT, entraCrowd, oktaCrowd } from "./crowd.ts";
import { Site } from "./site.ts";

/** `ROLLCALL_PEOPLE=100000` for a large company, which takes some minutes. */
const MANY = Number(process.env["ROLLCALL_PEOPLE"] ?? 20_000);
const FEW = 2_000;
const CHANGES = 100;
const FILLING_MS = 60_000 + MANY * 5;
const BETWEEN_CYCLES_MS = 40 * 60_000;

const mapping = (login: string, title: string, name: string) => `
users:
  match: [externalId, userName]
  attributes:
    userName: user.${login}
    externalId: user.id
    title: user.${title}
    active: user.accountEnabled
groups:
  match: [externalId, displayName]
  attributes: { displayName: group.${name}, externalId: group.id }
`;

/** Requests of one cycle. */
interface Counted {
  readonly source: Asked;
  readonly target: { readonly writes: number; readonly reads: number };
}

/** A site whose directory and target agree. */
class Place {
  readonly crowd: Crowd;
  readonly #site: Site;
  readonly #service: ScimService;

  private constructor(site: Site, service: ScimService, crowd: Crowd) {
    this.#site = site;
    this.#service = service;
    this.crowd = crowd;
  }

  static async fill({ crowdOf, mapped }: Pick<Cloud, "crowdOf" | "mapped">, people: number): Promise<Place> {
    const site = new Site();
    const service = await startScimService();
    const place = new Place(site, service, await crowdOf(site, people));
    const token = { file: site.secret("app-token", service.token) };
    // All of the directory is read whatever the scope; the target is to hold enough and no more, to be filled soon.
    site.configure(
      place.crowd.source,
      { type: "scim", baseUrl: service.baseUrl, token },
      {
        scope: { users: `user.department == "${DEPARTMENT}"` },
        mapping: site.secret("mapping.yaml", mapped),
      },
    );
    const { code, screen } = await site.rollcall("sync");
    expect(code, screen).toBe(0);
    const present = "select count(*) as n from resource where kind = 'user' and presence = 'present'";
    expect(site.ask(present)).toEqual([{ n: people }]);
    expect(service.store.all("Users")).toHaveLength(people / 10);
    place.#counted();
    return place;
  }

  /** A cycle in a process of its own, when the next one is due. */
  async cycle(): Promise<Counted> {
    this.#site.clock.pass(BETWEEN_CYCLES_MS);
    const { code, screen } = await this.#site.rollcall("sync");
    expect(code, screen).toBe(0);
    return this.#counted();
  }

  /** Cycles of one connection that stays open. */
  async cycles(count: number): Promise<readonly Counted[]> {
    const config = await loadConfig(this.#site.configuration, checkMapping);
    const { signal } = new AbortController();
    const around = { clock: this.#site.clock, log: silent, signal, abort: signal, progress: () => {} };
    const connection = await openConnection(config, connectionNamed(config, "staff"), around);
    try {
      const all: Counted[] = [];
      for (let at = 0; at < count; at++) {
        expect((await cycle(connection, { purpose: "sync", trigger: "test" })).outcome).toBe("done");
        all.push(this.#counted());
      }
      return all;
    } finally {
      await connection.close();
    }
  }

  async end(): Promise<void> {
    await this.crowd.stop();
    await this.#service.stop();
    this.#site.end();
  }

  #counted(): Counted {
    const requests = this.#service.log.splice(0);
    const reads = requests.filter(({ method }) => method === "GET").length;
    return { source: this.crowd.asked(), target: { reads, writes: requests.length - reads } };
  }
}

const clouds = [
  {
    name: "Entra ID",
    crowdOf: entraCrowd,
    mapped: mapping("userPrincipalName", "jobTitle", "displayName"),
    idle: { "/users/delta": 1, "/groups/delta": 1 },
    people: { "/users/delta": 1, "/groups/delta": 1 },
    memberships: { "/users/delta": 1, "/groups/delta": 1 },
  },
  {
    name: "Okta",
    crowdOf: oktaCrowd,
    mapped: mapping("login", "title", "name"),
    // One search for groups looks at both of their dates, that of the profile and that of the members.
    idle: { users: 1, groups: 1, logs: 1 },
    // The log has a page of news and the empty one behind it; every person in it is read by id.
    people: { users: 1, groups: 1, logs: 2, user: CHANGES },
    // Okta tells who is in a group, not who came: each of the ten groups is listed.
    memberships: { users: 1, groups: 1, logs: 2, group: 10, "group members": 10 },
  },
] as const;
type Cloud = (typeof clouds)[number];

describe.each(clouds)("$name", { timeout: 60_000 }, (cloud) => {
  const { idle, people, memberships } = cloud;
  /** A process of its own logs in, or asks whose organisation it is: once. */
  const once = (streams: Asked) => ({ ...streams, around: 1 });
  const nothing = { source: once(idle), target: { reads: 0, writes: 0 } };
  let few: Place;
  let many: Place;

  beforeAll(async () => {
    few = await Place.fill(cloud, FEW);
    many = await Place.fill(cloud, MANY);
  }, FILLING_MS);

  afterAll(async () => {
    await few?.end();
    await many?.end();
  });

  test("an idle cycle asks each stream of changes once, and the target nothing", async () => {
    expect(await many.cycle()).toEqual(nothing);
    expect(await many.cycle()).toEqual(nothing);
  });

  test(`${CHANGES} changed people cost the same among ${FEW} and among ${MANY}`, async () => {
    for (const place of [few, many]) {
      place.crowd.changePeople(CHANGES);
      const { source, target } = await place.cycle();
      expect(source).toEqual(once(people));
      // And one, once a day, for the account that our own login belongs to.
      expect(target).toEqual({ writes: CHANGES, reads: CHANGES + 1 });
      expect(await place.cycle()).toEqual(nothing);
    }
  });

  test(`${CHANGES} new memberships cost the same among ${FEW} and among ${MANY}`, async () => {
    for (const place of [few, many]) {
      place.crowd.joinGroups(CHANGES);
      const { source, target } = await place.cycle();
      expect(source).toEqual(once(memberships));
      // Ten groups: read, changed, read again.
      expect(target).toEqual({ writes: 10, reads: 20 });
      // Okta moves the date of members late: then each group is looked at once more.
      expect((await place.cycle()).target).toEqual(nothing.target);
      expect(await place.cycle()).toEqual(nothing);
    }
  });

  test("a process that stays logs in once, and not once a cycle", async () => {
    const [, second, third] = await few.cycles(3);
    const quiet = { ...nothing, source: { ...idle, around: 0 } };
    expect([second, third]).toEqual([quiet, quiet]);
  });
});
