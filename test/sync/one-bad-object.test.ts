import { describe, expect, test } from "vitest";
import { type Fault, type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

/** What a service may definitely refuse one object with. */
type Refusal = Pick<Fault, "status" | "headers" | "body">;

const refusals: readonly Refusal[] = [
  said(400),
  said(403),
  said(404),
  said(405),
  said(409),
  said(412),
  said(413),
  said(422),
  said(501),
  said(400, { scimType: "mutability" }),
  said(403, { detail: "no licences left" }),
  { status: 400, body: "<html>bad request</html>" },
];

/** An error as RFC 7644 3.12 has it. */
function said(status: number, more: object = {}): Refusal {
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
  const headers = { "content-type": "application/scim+json" };
  return { status, headers, body: JSON.stringify({ schemas, status: String(status), ...more }) };
}

/** One kind of object in one phase of a cycle: some of them are refused, two are good. */
interface Kind {
  readonly name: string;
  readonly options?: WorldOptions;
  readonly collection: "Users" | "Groups";
  /** Makes the change for one, who is called the same in the directory; their group is g- and the name. */
  change(w: World, id: string): void;
  /** The request that is refused for the bad one; `id` is its id at the target, where it has one. */
  refused(id: string): Pick<Fault, "method" | "path">;
  /** Those for whom the answer says that it is done already. */
  readonly believed?: readonly string[];
  /** True when the change arrived for this one. */
  arrived(service: ScimService, id: string): boolean;
}

const user = ({ store }: ScimService, id: string) =>
  store.all("Users").find((each) => each["externalId"] === id);
const group = ({ store }: ScimService, id: string) =>
  store.all("Groups").find((each) => each["externalId"] === id);
const members = (service: ScimService, id: string) =>
  ((group(service, id)?.["members"] ?? []) as { value: string }[]).map(({ value }) => value);

const kinds: readonly Kind[] = [
  {
    name: "a deactivation",
    collection: "Users",
    change: (w, id) => w.directory.person(id, { enabled: false }),
    refused: (id) => ({ method: "PATCH", path: `^/Users/${id}` }),
    arrived: (service, id) => user(service, id)?.["active"] === false,
  },
  {
    name: "an update",
    collection: "Users",
    change: (w, id) => w.directory.person(id, { title: "Engineer" }),
    refused: (id) => ({ method: "PATCH", path: `^/Users/${id}` }),
    arrived: (service, id) => user(service, id)?.["title"] === "Engineer",
  },
  {
    name: "the reading of an account",
    collection: "Users",
    change: (w, id) => w.directory.person(id, { title: "Engineer" }),
    refused: (id) => ({ method: "GET", path: `^/Users/${id}` }),
    arrived: (service, id) => user(service, id)?.["title"] === "Engineer",
  },
  {
    name: "a reference",
    collection: "Users",
    change: (w, id) => w.directory.person(id, { manager: "p0028" }),
    refused: (id) => ({ method: "PATCH", path: `^/Users/${id}` }),
    arrived: (service, id) =>
      (user(service, id)?.[manager] as { manager?: unknown } | undefined)?.manager !== undefined,
  },
  {
    name: "a group's name",
    collection: "Groups",
    change: (w, id) => w.directory.group(`g-${id}`, [id], { name: `New ${id}` }),
    refused: (id) => ({ method: "PATCH", path: `^/Groups/${id}` }),
    arrived: (service, id) => group(service, `g-${id}`)?.["displayName"] === `New ${id}`,
  },
  {
    name: "the members of a group",
    collection: "Groups",
    change: (w, id) => w.directory.join(`g-${id}`, "p0028"),
    refused: (id) => ({ method: "PATCH", path: `^/Groups/${id}` }),
    arrived: (service, id) => members(service, `g-${id}`).length === 2,
  },
  {
    name: "the reading of a group's members",
    collection: "Groups",
    change: (w, id) => w.directory.leave(`g-${id}`, id),
    refused: (id) => ({ method: "GET", path: `^/Groups/${id}` }),
    arrived: (service, id) => members(service, `g-${id}`).length === 0,
  },
  {
    name: "a deletion",
    options: { policy: { whenDeleted: "delete" } },
    collection: "Users",
    change: (w, id) => w.directory.remove(id),
    refused: (id) => ({ method: "DELETE", path: `^/Users/${id}` }),
    believed: ["bad2"],
    arrived: (service, id) => user(service, id) === undefined,
  },
];

/** What an admin's day brings besides: something of every phase. */
function everythingElse(w: World): void {
  w.directory
    .person("joiner")
    .person("leaver", { enabled: false })
    .person("mover", { title: "Boss", manager: "p0028" })
    .group("g-mover", ["mover", "joiner"], { name: "Movers" })
    .group("g-new", ["mover"]);
}

function elseArrived(service: ScimService): void {
  const [joiner, mover] = [user(service, "joiner"), user(service, "mover")];
  expect(joiner).toMatchObject({ active: true });
  expect(user(service, "leaver")).toMatchObject({ active: false });
  expect(mover).toMatchObject({ title: "Boss", [manager]: { manager: expect.anything() } });
  expect(group(service, "g-mover")).toMatchObject({ displayName: "Movers" });
  expect(members(service, "g-mover").toSorted()).toEqual([joiner?.["id"], mover?.["id"]].toSorted());
  expect(members(service, "g-new")).toEqual([mover?.["id"]]);
}

const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const bad = refusals.map((_, n) => `bad${n}`);
const everybody = Array.from({ length: 30 }, (_, n) => `p${String(n).padStart(4, "0")}`);
const good = ["good0", "good1"];

async function started(
  options: WorldOptions = {},
): Promise<{ readonly w: World; readonly service: ScimService }> {
  const service = await startScimService();
  const w = world({
    ...options,
    limits: { neverHoldBelow: 1000 },
    target: async (clock) => {
      const opened = await openScim(service, { clock });
      return { ...opened.api, probe: (signal) => opened.api.probe(signal), close: () => opened.close() };
    },
  });
  w.directory.people("p", 30).person("leaver").person("mover").group("g-mover", ["mover"]);
  w.directory.group("everybody", everybody);
  for (const id of [...bad, ...good]) w.directory.person(id).group(`g-${id}`, [id]);
  expect((await w.sync()).outcome).toBe("done");
  return { w, service };
}

describe("one bad object never stops a cycle: everything else arrives in the same one, and the bad ones when they are let", () => {
  for (const { name, options, change, collection, refused, arrived, believed = [] } of kinds) {
    test(name, async () => {
      const { w, service } = await started(options);
      for (const id of [...bad, ...good]) change(w, id);
      everythingElse(w);
      for (const [n, refusal] of refusals.entries()) {
        const known = collection === "Users" ? user(service, `bad${n}`) : group(service, `g-bad${n}`);
        service.switches.faults.push({ ...refused(String(known?.["id"])), how: "answer", ...refusal });
      }
      const report = await w.sync();
      expect(report).toMatchObject({ outcome: "failing", problem: undefined, quarantine: undefined });
      for (const id of good) expect(arrived(service, id), id).toBe(true);
      elseArrived(service);
      for (const id of bad) expect(arrived(service, id), id).toBe(false);

      service.switches.faults.length = 0;
      for (let cycle = 0; cycle < 3; cycle++) {
        w.clock.pass(25 * 3_600_000);
        // Who was said to be gone is found again, and taken over on a person's word.
        w.approve();
        await w.sync();
      }
      expect((await w.sync()).outcome).toBe("done");
      for (const id of bad) if (!believed.includes(id)) expect(arrived(service, id), id).toBe(true);
      await service.stop();
    });
  }

  for (const { name, options, change, collection, refused, arrived } of kinds) {
    test(`${name}, with a server error each time: the others do not starve`, async () => {
      const { w, service } = await started(options);
      for (const id of [...bad, ...good]) change(w, id);
      everythingElse(w);
      for (const id of bad) {
        const known = collection === "Users" ? user(service, id) : group(service, `g-${id}`);
        service.switches.faults.push({ ...refused(String(known?.["id"])), how: "answer", status: 500 });
      }
      for (let cycle = 0; cycle < 3; cycle++) {
        await w.sync();
        w.clock.pass(40 * 60_000);
      }
      for (const id of good) expect(arrived(service, id), id).toBe(true);
      elseArrived(service);
      service.switches.faults.length = 0;
      w.clock.pass(25 * 3_600_000);
      expect((await w.sync()).outcome).toBe("done");
      for (const id of bad) expect(arrived(service, id), id).toBe(true);
      await service.stop();
    });
  }

  test("a creation", async () => {
    const { w, service } = await started();
    const logins = refusals.map((_, n) => `new${n}@example.com`);
    for (const [n, refusal] of refusals.entries()) {
      w.directory.person(`new${n}`);
      service.switches.faults.push({ ...creating(logins[n] ?? ""), how: "answer", ...refusal });
    }
    everythingElse(w);
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", problem: undefined, quarantine: undefined });
    elseArrived(service);
    service.switches.faults.length = 0;
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).outcome).toBe("done");
    expect(
      logins.filter((login) => service.store.all("Users").some((each) => each["userName"] === login)),
    ).toEqual(logins);
    await service.stop();
  });

  test("the creation of a group", async () => {
    const { w, service } = await started();
    const names = refusals.map((_, n) => `group-${n}`);
    for (const [n, refusal] of refusals.entries()) {
      w.directory.group(`group-${n}`, ["p0001"]);
      service.switches.faults.push({ ...creating(names[n] ?? ""), how: "answer", ...refusal });
    }
    everythingElse(w);
    expect(await w.sync()).toMatchObject({ outcome: "failing", problem: undefined, quarantine: undefined });
    elseArrived(service);
    service.switches.faults.length = 0;
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).outcome).toBe("done");
    for (const name of names) expect(members(service, name)).toHaveLength(1);
    await service.stop();
  });
});

/** The creation of whatever has this name. */
function creating(name: string): Pick<Fault, "method" | "contains"> {
  return { method: "POST", contains: `"${name}"` };
}
