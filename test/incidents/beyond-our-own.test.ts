import { describe, expect, test, vi } from "vitest";
import { worlds } from "../world.ts";
import { enrol, tenant } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const world = worlds();

test("tmobile/sawtooth-next-directory#271: a sync counted down the users of all the other sources", async () => {
  const staff = world();
  const contractors = world({ connection: "contractors" });
  // One state folder, one target.
  Object.assign(contractors, { folder: staff.folder });
  staff.directory.people("p", 60).group("staff", ["p0000", "p0001"]);
  contractors.directory.people("q", 40).group("contractors", ["q0000", "q0001"]);
  await staff.sync();
  await contractors.sync();
  const everybody = [...(await staff.users()).keys()].sort();
  expect(everybody).toHaveLength(100);
  for (const each of [staff, contractors]) {
    each.calls.length = 0;
    expect(await each.sync({ full: true, reconcile: true })).toMatchObject({ outcome: "done", applied: {} });
    expect(each.written).toEqual([]);
  }
  // One directory that shows nobody is an error of that one alone.
  contractors.directory.answersNobody = true;
  expect(await contractors.sync({ full: true })).toMatchObject({ outcome: "failed", applied: {} });
  // One whose people all leave waits for a person, and the other one's people are not counted among them.
  contractors.directory.answersNobody = false;
  for (let n = 0; n < 40; n++) contractors.directory.remove(`q${String(n).padStart(4, "0")}`);
  expect(await contractors.sync()).toMatchObject({
    outcome: "held",
    holds: [{ class: "deactivations", n: 40, base: 40 }],
  });
  expect(await staff.sync({ full: true, reconcile: true })).toMatchObject({ outcome: "done", applied: {} });
  expect([...(await staff.users()).keys()].sort()).toEqual(everybody);
  expect([...(await staff.users()).values()].every((user) => user["active"] === true)).toBe(true);
});

describe("MicrosoftDocs/azure-docs#3355: a group lost its members when it passed 50,000 of them", () => {
  const outsiders = Array.from({ length: 49_980 }, (_, at) => `outsider${at}`);
  const insiders = Array.from({ length: 20 }, (_, at) => `p${String(at).padStart(4, "0")}`);

  test("a directory may have as many in a group as it likes", async () => {
    const w = world();
    w.directory.people("p", 40).group("all-hands", [...insiders, ...outsiders]);
    await w.sync();
    expect((await w.groups())["all-hands"]).toHaveLength(20);
    w.directory.join("all-hands", "p0020", "outsider-more");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
    w.calls.length = 0;
    expect(await w.sync({ full: true })).toMatchObject({ outcome: "done", applied: {} });
    expect((await w.groups())["all-hands"]).toHaveLength(21);
    // The directory itself gives up on the group, and answers without members.
    w.directory.group("all-hands", []);
    expect(await w.sync({ full: true })).toMatchObject({
      outcome: "held",
      holds: [{ class: "member-removals", waiting: 21 }],
    });
    expect((await w.groups())["all-hands"]).toHaveLength(21);
  });

  test.each([413, 403])(
    "a service that takes no more (%i) keeps those whom it has, and lets go of who leaves",
    async (status) => {
      await using company = await tenant();
      const { directory, service } = company;
      const people = enrol(directory, 40);
      const group = directory.createGroup({ displayName: "all-hands" }, people.slice(0, 30));
      await company.goodSync();
      const body = JSON.stringify({
        schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
        status: String(status),
        detail: "A group takes 30 members.",
      });
      service.switches.faults.push({
        method: "PATCH",
        path: "^/Groups",
        contains: '"add"',
        how: "answer",
        status,
        body,
      });
      for (const id of people.slice(30)) directory.addMember(group, id);
      directory.removeMember(group, people[0] ?? "");
      const ended = await company.sync();
      expect(ended.code).toBe(4);
      expect(ended.said).toContain("all-hands");
      expect(company.members("all-hands")).toHaveLength(29);
      expect(company.active()).toHaveLength(40);
      service.switches.faults.splice(0);
      company.site.clock.pass(7 * 3_600_000);
      await company.goodSync();
      expect(company.members("all-hands")).toHaveLength(39);
    },
  );
});
