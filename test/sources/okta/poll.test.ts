import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, CursorLost } from "../../../src/errors.ts";
import type { Change, Cursor } from "../../../src/sources/source.ts";
import { readScopes } from "../../stand-ins/okta/access.ts";
import { measuredLags, noLags } from "../../stand-ins/okta/circumstances.ts";
import { userTarget } from "../../stand-ins/okta/users.ts";
import { folded, pollAll } from "../fold.ts";
import { Story } from "../story.ts";
import { OktaWorld } from "./okta-world.ts";

const HOUR = 3_600_000;

describe("following an Okta organisation", () => {
  let world: OktaWorld;
  let people: string[];
  let count = 0;
  const person = () => world.createPerson({ login: `p${++count}`, displayName: "Somebody" });
  const logins = () => `s${++count}`;
  /** Long enough for every date and index to be right, and for what was told to be forgotten. */
  const later = () => world.clock.pass(HOUR);

  beforeAll(async () => {
    world = await OktaWorld.open();
    people = await Promise.all([person(), person(), person()]);
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.okta.faults.length = 0;
    Object.assign(world.okta.circumstances.lags, measuredLags);
    world.okta.circumstances.statusKeepsLastUpdated = false;
    world.okta.access.grants.tokenRights = [...readScopes];
    later();
  });

  async function withSource<T>(
    act: (poll: (cursor?: Cursor) => ReturnType<typeof pollAll>) => Promise<T>,
  ): Promise<T> {
    const source = world.source();
    try {
      return await act((cursor) => pollAll(source, cursor));
    } finally {
      await source.close();
    }
  }

  const told = (changes: readonly Change[]) =>
    changes.map((change) =>
      change.type === "members" ? `members ${change.group}` : `${change.type} ${change.id}`,
    );

  test("an idle poll asks once for each stream, and a fresh source once for the organisation", async () => {
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      world.okta.forgetRequests();
      const idle = await poll(cursor);
      expect(idle.changes).toEqual([]);
      const { okta } = world;
      expect([okta.count("logs"), okta.count("users"), okta.count("groups")]).toEqual([1, 1, 1]);
      expect(okta.count()).toBe(4);
      await poll(idle.cursor);
      expect(okta.count()).toBe(7);
    });
  });

  test("changed people cost requests in proportion, whatever the size of the organisation", async () => {
    const crowd = await Promise.all(Array.from({ length: 400 }, person));
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      for (const id of crowd.slice(0, 30)) await world.changePerson(id, { displayName: "New" });
      world.okta.forgetRequests();
      const { changes } = await poll(cursor);
      expect(new Set(told(changes))).toEqual(new Set(crowd.slice(0, 30).map((id) => `present ${id}`)));
      expect(world.okta.count()).toBeLessThanOrEqual(30 + 8);
    });
  });

  test("very many changes are taken from the search where it is as new as the log", async () => {
    const crowd = await Promise.all(Array.from({ length: 700 }, person));
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      for (const id of crowd) await world.changePerson(id, { displayName: "New" });
      world.clock.pass(2000);
      const [late = ""] = crowd;
      world.okta.circumstances.statusKeepsLastUpdated = true;
      world.okta.users.suspend(late);
      world.okta.forgetRequests();
      const { changes } = await poll(cursor);
      expect(new Set(told(changes))).toEqual(new Set(crowd.map((id) => `present ${id}`)));
      expect(folded(changes).records.get(late)?.record["accountEnabled"]).toBe(false);
      expect([world.okta.count("user"), world.okta.count("users")]).toEqual([1, 4]);
    });
  });

  test("a membership is found by its group though nothing of the person moves", async () => {
    const group = await world.createGroup("by-log", people);
    await withSource(async (poll) => {
      const before = await poll();
      later();
      await world.removeMember(group, people[0] ?? "");
      const { changes } = await poll(before.cursor);
      expect(told(changes)).toEqual([`members ${group}`]);
      expect(folded(changes, folded(before.changes)).members(group)).toEqual(people.slice(1).sort());
    });
  });

  test("without the log memberships and people are found by date, and deleted people by a full read", async () => {
    const group = await world.createGroup("by-date", people);
    const leaver = await person();
    world.okta.access.grants.tokenRights = readScopes.filter((scope) => scope !== "okta.logs.read");
    await withSource(async (poll) => {
      const before = await poll();
      const state = folded(before.changes);
      later();
      await world.removeMember(group, people[0] ?? "");
      await world.disablePerson(people[1] ?? "");
      await world.deletePerson(leaver);
      world.clock.pass(measuredLags.membershipMs);
      const after = await poll(before.cursor);
      folded(after.changes, state);
      expect(state.members(group)).toEqual(people.slice(1).sort());
      expect(state.records.get(people[1] ?? "")?.record["accountEnabled"]).toBe(false);
      expect(told(after.changes)).not.toContain(`absent ${leaver}`);
      expect(told((await poll()).changes)).not.toContain(`present ${leaver}`);
      world.okta.access.grants.tokenRights = [...readScopes];
      later();
      await world.deletePerson(people[1] ?? "");
      people = [people[0] ?? "", people[2] ?? "", await person()];
      expect(told((await poll(after.cursor)).changes).some((each) => each.startsWith("absent"))).toBe(true);
    });
  });

  test("a status that moves no date is found by the log", async () => {
    const id = await person();
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      world.okta.circumstances.statusKeepsLastUpdated = true;
      world.okta.users.suspend(id);
      expect(told((await poll(cursor)).changes)).toEqual([`present ${id}`]);
    });
  });

  test("a change that leaves no event is found by its date, however late the index shows it", async () => {
    const id = await person();
    await withSource(async (poll) => {
      const first = await poll();
      later();
      world.okta.circumstances.lags.searchMs = 5 * 60_000;
      world.okta.log.silently(() => world.okta.users.updateProfile(id, { displayName: "Imported" }));
      world.clock.pass(60_000);
      const second = await poll(first.cursor);
      expect(second.changes).toEqual([]);
      world.clock.pass(6 * 60_000);
      expect(told((await poll(second.cursor)).changes)).toEqual([`present ${id}`]);
    });
  });

  test("an index that lags behind takes back neither a deletion nor a change", async () => {
    const [leaver, changes] = [await person(), await person()];
    await withSource(async (poll) => {
      const first = await poll();
      later();
      world.okta.log.silently(() => world.okta.users.updateProfile(leaver, { displayName: "Before" }));
      world.okta.users.updateProfile(changes, { displayName: "One" });
      world.clock.pass(5000);
      const second = await poll(first.cursor);
      world.okta.circumstances.lags.searchMs = 5 * 60_000;
      await world.deletePerson(leaver);
      world.okta.users.updateProfile(changes, { displayName: "Two" });
      const third = await poll(second.cursor);
      expect(told(third.changes).toSorted()).toEqual([`absent ${leaver}`, `present ${changes}`].toSorted());
      const fourth = await poll(third.cursor);
      expect(fourth.changes).toEqual([]);
    });
  });

  test("where the log may not be read, an index that lags behind switches nobody on again", async () => {
    world.okta.access.grants.tokenRights = readScopes.filter((scope) => scope !== "okta.logs.read");
    world.okta.circumstances.statusKeepsLastUpdated = true;
    const id = await person();
    world.clock.pass(6 * 60_000);
    world.okta.circumstances.lags.searchMs = 5 * 60_000;
    world.okta.users.deactivate(id);
    await withSource(async (poll) => {
      // In neither list: the index does not know of it yet, and the plain list leaves out whoever is deactivated.
      const { changes, cursor } = await poll();
      expect(folded(changes).records.has(id)).toBe(false);
      const next = await poll(cursor);
      expect(folded(next.changes).records.get(id)?.record["status"]).toBe("DEPROVISIONED");
    });
  });

  test("an event that is stored late is not lost", async () => {
    const id = await person();
    later();
    await withSource(async (poll) => {
      const first = await poll();
      later();
      world.okta.circumstances.statusKeepsLastUpdated = true;
      world.okta.log.late(20 * 60_000, () => world.okta.users.suspend(id));
      world.clock.pass(60_000);
      const second = await poll(first.cursor);
      expect(second.changes).toEqual([]);
      world.clock.pass(HOUR);
      expect(told((await poll(second.cursor)).changes)).toEqual([`present ${id}`]);
    });
  });

  test("the log is read to its end over several pages, and what failed changed nobody", async () => {
    const [changes, stays] = [await person(), await person()];
    later();
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      const target = userTarget(world.okta.users.get(stays));
      for (let event = 0; event < 1000; event++)
        world.okta.log.tell("user.lifecycle.suspend", [target], "FAILURE");
      world.okta.circumstances.statusKeepsLastUpdated = true;
      world.okta.users.suspend(changes);
      world.okta.forgetRequests();
      expect(told((await poll(cursor)).changes)).toEqual([`present ${changes}`]);
      expect(world.okta.requests.some(({ path }) => path.includes(stays))).toBe(false);
    });
  });

  test("a full read tells nobody who is deleted, though an index still shows them", async () => {
    const id = await person();
    world.okta.users.deactivate(id);
    later();
    world.okta.circumstances.lags.searchMs = 5 * 60_000;
    await world.deletePerson(id);
    await withSource(async (poll) => {
      const { changes, cursor } = await poll();
      expect(told(changes)).toContain(`present ${id}`);
      expect(folded(changes).records.has(id)).toBe(false);
      expect((await poll(cursor)).changes).toEqual([]);
    });
  });

  test("a cursor of the log that is refused is replaced by a time, and nothing is lost", async () => {
    const id = await person();
    await withSource(async (poll) => {
      const { cursor } = await poll();
      later();
      await world.deletePerson(id);
      world.okta.cursors.forget();
      expect(told((await poll(cursor)).changes)).toEqual([`absent ${id}`]);
    });
  });

  test("a log that reaches back no further makes a full read necessary", async () => {
    await withSource(async (poll) => {
      const { cursor } = await poll();
      world.okta.faults.push({
        path: "/api/v1/logs",
        how: "answer",
        status: 400,
        body: '{"errorCode":"E0000053"}',
      });
      await expect(poll(cursor)).rejects.toBeInstanceOf(CursorLost);
      await expect(poll()).rejects.toBeInstanceOf(ConnectionError);
    });
  });

  test.each([
    ["the scheduled full read is due", () => world.clock.pass(25 * HOUR), /full read is due/],
    ["the attributes asked for are others", undefined, /attributes or the meaning/],
  ])("everything is read when %s", async (_, act, message) => {
    const source = world.source();
    const other = world.source(act === undefined ? { select: { user: ["login"], group: ["name"] } } : {});
    try {
      const { cursor } = await pollAll(source, undefined);
      act?.();
      const polling = pollAll(other, cursor);
      await expect(polling).rejects.toBeInstanceOf(CursorLost);
      await expect(polling).rejects.toThrow(message);
    } finally {
      await Promise.all([source.close(), other.close()]);
    }
  });

  test("deactivated people are in a full read, though lists leave them out", async () => {
    const id = await person();
    world.okta.users.deactivate(id);
    later();
    const state = await withSource(async (poll) => folded((await poll()).changes));
    expect(state.records.get(id)?.record).toMatchObject({ status: "DEPROVISIONED", accountEnabled: false });
  });

  test("groups that Okta keeps itself are read only when the settings say so", async () => {
    const { everyone } = world.okta.groups;
    const without = await withSource(async (poll) => folded((await poll()).changes));
    expect(without.records.has(everyone)).toBe(false);
    const source = world.source({ more: { builtInGroups: true } });
    const state = folded((await pollAll(source, undefined)).changes);
    expect(state.members(everyone).length).toBeGreaterThan(100);
    await source.close();
    const plain = world.source();
    expect(await plain.read("group", everyone, AbortSignal.timeout(5000))).toMatchObject([
      { evidence: "moved-out" },
    ]);
    await plain.close();
  });

  test("an organisation that shows nobody is a fault and no mass departure", async () => {
    const empty = await OktaWorld.open();
    const source = empty.source();
    await expect(pollAll(source, undefined)).rejects.toThrow(/nobody at all/);
    await expect(pollAll(source, undefined)).rejects.toBeInstanceOf(ConnectionError);
    await source.close();
    await empty.close();
  });

  test.each(["empty page", "repeat", "cut", "lose", "rate limit"] as const)(
    "a full read survives this within its pages: %s",
    async (how) => {
      const whole = await withSource(async (poll) => folded((await poll()).changes).snapshot());
      world.okta.faults.push({ path: "/api/v1/", how, times: 4, after: 2 });
      expect(await withSource(async (poll) => folded((await poll()).changes).snapshot())).toEqual(whole);
    },
  );

  test("a story with lagging indexes, late events, silent changes and faults ends at the truth", async () => {
    const seed = Number(process.env["ROLLCALL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    const story = new Story(world, seed, logins);
    const { random, lags } = world.okta.circumstances;
    await withSource(async (poll) => {
      await story.begin(5);
      let at = await poll();
      const state = folded(at.changes);
      for (let step = 0; step < 60; step++) {
        Object.assign(lags, {
          searchMs: random.integer(60_000),
          membershipMs: random.integer(60_000),
          logMs: random.integer(20_000),
        });
        world.okta.circumstances.statusKeepsLastUpdated = random.integer(3) === 0;
        await story.goOn();
        world.clock.pass(random.integer(30_000));
        if (step % 2 !== 0) continue;
        const how = random.pick(["empty page", "repeat", "cut", "lose", "rate limit"] as const);
        world.okta.faults.push({ path: "/api/v1/", how, times: 1, after: random.integer(6) });
        at = await poll(at.cursor);
        folded(at.changes, state);
      }
      world.okta.faults.length = 0;
      Object.assign(lags, noLags);
      world.clock.pass(2 * 60_000);
      at = await poll(at.cursor);
      folded((await poll(at.cursor)).changes, folded(at.changes, state));
      const truth = [...world.okta.users.table.values()].map(({ id, status, profile }) =>
        [id, status, profile.login].join(),
      );
      const seen = [...state.records]
        .filter(([, { kind }]) => kind === "user")
        .map(([id, { record }]) => [id, record["status"], record["login"]].join());
      expect(seen.toSorted(), `seed ${seed}: ${story.told.join(", ")}`).toEqual(truth.toSorted());
      for (const { id, type, profile } of world.okta.groups.table.values()) {
        if (type === "BUILT_IN") continue;
        expect(state.records.get(id)?.record["name"], `seed ${seed}`).toBe(profile.name);
        const members = [...world.okta.groups.members(id).values()].toSorted();
        expect(state.members(id), `seed ${seed}: ${story.told.join(", ")}`).toEqual(members);
      }
    });
  });
});
