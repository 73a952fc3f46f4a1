import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../../../src/log.ts";
import { silent } from "../../../../src/log.ts";
import type { Change, Source } from "../../../../src/sources/source.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { folded, pollAll } from "../../fold.ts";
import { sourceOn } from "../entra-world.ts";

const DAY_MS = 86_400_000;
let now: number;
let tenant: EntraTenant;
let source: Source;
const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms;
  },
};
const signal = () => AbortSignal.timeout(10_000);

beforeEach(async () => {
  now = Date.now();
  tenant = await startEntraTenant({ now: () => now });
  source = sourceOn(tenant, { clock });
});

afterEach(async () => {
  await source.close();
  await tenant.stop();
});

function about(changes: readonly Change[], id: string): readonly Change[] {
  return changes.filter((change) => (change.type === "members" ? change.group : change.id) === id);
}

describe("people whom we know", () => {
  test("come as the part that Graph tells, and cost no request of their own", async () => {
    const ids = Array.from({ length: 100 }, (_, index) =>
      tenant.createUser({ displayName: `P${index}`, mail: "m" }),
    );
    now += 30 * DAY_MS;
    const { cursor } = await pollAll(source, undefined);
    for (const id of ids) tenant.updateUser(id, { displayName: "New", mail: null });
    tenant.requests.clear();
    const { changes } = await pollAll(source, cursor);
    expect(tenant.requests.counts()).toEqual({ "/users/delta": 1, "/groups/delta": 1 });
    expect(about(changes, ids[0] ?? "")).toEqual([
      expect.objectContaining({
        type: "changed",
        set: expect.objectContaining({ displayName: "New" }),
        cleared: ["businessPhones", "mail"],
      }),
    ]);
  });

  test("stay blocked when Graph no longer shows whether they are", async () => {
    const ann = tenant.createUser({ displayName: "Ann", accountEnabled: false });
    now += 30 * DAY_MS;
    const { cursor } = await pollAll(sourceWithSomebody(), undefined);
    const entry = {
      id: ann,
      displayName: "Ann Lee",
      accountEnabled: null,
      createdDateTime: "2020-01-01T00:00:00Z",
    };
    const link = JSON.parse(cursor.text).users;
    tenant.faults.push({
      path: /^\/users\/delta/,
      how: {
        type: "answer",
        status: 200,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ value: [entry], "@odata.deltaLink": link }),
      },
    });
    const [change] = (await pollAll(source, cursor)).changes;
    expect(change).toMatchObject({ type: "changed", id: ann, set: { displayName: "Ann Lee" }, cleared: [] });
  });

  test("keep their manager when Graph is silent of it, get the new one, and lose one who is taken away", async () => {
    const [ann, bob, eve] = ["Ann", "Bob", "Eve"].map((displayName) => tenant.createUser({ displayName }));
    if (ann === undefined || bob === undefined || eve === undefined) throw new Error("nobody");
    tenant.setManager(ann, bob);
    now += 30 * DAY_MS;
    let { changes, cursor } = await pollAll(source, undefined);
    const state = folded(changes);
    const manager = () => state.records.get(ann)?.record["manager"];
    expect(manager()).toBe(bob);
    tenant.updateUser(ann, { displayName: "Ann II" });
    ({ changes, cursor } = await pollAll(source, cursor));
    folded(changes, state);
    expect(manager()).toBe(bob);
    tenant.setManager(ann, eve);
    ({ changes, cursor } = await pollAll(source, cursor));
    folded(changes, state);
    expect(manager()).toBe(eve);
    tenant.setManager(ann, undefined);
    ({ changes, cursor } = await pollAll(source, cursor));
    folded(changes, state);
    expect(manager()).toBeUndefined();
  });
});

describe("people who are new", () => {
  test("come whole, with a manager that Graph told of with another change", async () => {
    const { cursor } = await pollAll(sourceWithSomebody(), undefined);
    const boss = tenant.createUser({ displayName: "Boss" });
    const ann = tenant.createUser({ displayName: "Ann" });
    tenant.setManager(ann, boss);
    const { changes } = await pollAll(source, cursor);
    expect(about(changes, ann)).toEqual([
      expect.objectContaining({ type: "present", record: expect.objectContaining({ manager: boss }) }),
    ]);
  });

  test("come as the change tells them when a read by id does not find them yet", async () => {
    const { cursor } = await pollAll(sourceWithSomebody(), undefined);
    tenant.switches.readLagMs = 60_000;
    const ann = tenant.createUser({ displayName: "Ann" });
    const { changes } = await pollAll(source, cursor);
    expect(about(changes, ann)).toEqual([
      expect.objectContaining({ type: "present", record: expect.objectContaining({ displayName: "Ann" }) }),
    ]);
  });
});

test("what a change says counts more than a read by id that comes from a slower copy", async () => {
  const { cursor } = await pollAll(sourceWithSomebody(), undefined);
  const ann = tenant.createUser({ displayName: "Ann Now", mail: "ann@example.com" });
  const body = JSON.stringify({
    id: ann,
    displayName: "Ann Before",
    mail: "ann@example.com",
    jobTitle: "old",
  });
  const headers = { "Content-Type": "application/json" };
  tenant.faults.push({
    path: new RegExp(`^/users/${ann}\\?`),
    how: { type: "answer", status: 200, headers, body },
  });
  const { changes } = await pollAll(source, cursor);
  expect(about(changes, ann)).toEqual([
    expect.objectContaining({
      type: "present",
      record: expect.objectContaining({ displayName: "Ann Now", mail: "ann@example.com" }),
    }),
  ]);
});

describe("people who left", () => {
  test("are absent by evidence while their groups stay silent, and back in them when they are restored", async () => {
    const ann = tenant.createUser({ displayName: "Ann" });
    const bob = tenant.createUser({ displayName: "Bob" });
    const group = tenant.createGroup({ displayName: "app" }, [ann, bob]);
    let { cursor } = await pollAll(source, undefined);
    tenant.softDelete(ann);
    const left = await pollAll(source, cursor);
    expect(left.changes).toEqual([{ type: "absent", kind: "user", id: ann, evidence: "tombstone" }]);
    ({ cursor } = left);
    tenant.restore(ann);
    const back = await pollAll(source, cursor);
    expect(back.changes.map(({ type }) => type)).toEqual(["present", "members"]);
    expect(back.changes.at(-1)).toEqual({ type: "members", group, mode: "add", ids: [ann], last: false });
  });

  test("who are restored after long are a part until they are read, and that read names their groups", async () => {
    const ann = tenant.createUser({ displayName: "Ann" });
    const group = tenant.createGroup({ displayName: "app" }, [ann]);
    tenant.createUser({ displayName: "Bob" });
    now += 30 * DAY_MS;
    let { cursor } = await pollAll(source, undefined);
    tenant.softDelete(ann);
    ({ cursor } = await pollAll(source, cursor));
    tenant.restore(ann);
    const { changes } = await pollAll(source, cursor);
    expect(changes).toEqual([expect.objectContaining({ type: "changed", id: ann })]);
    expect(await source.read("user", ann, signal())).toEqual([
      expect.objectContaining({ type: "present", id: ann }),
      { type: "members", group, mode: "add", ids: [ann], last: false },
    ]);
  });

  test("are told apart: deleted, gone for good, and not to be seen", async () => {
    const [soft, hard] = [tenant.createUser({ displayName: "S" }), tenant.createUser({ displayName: "H" })];
    const group = tenant.createGroup({ displayName: "G" });
    tenant.softDelete(soft);
    tenant.hardDelete(hard);
    tenant.softDelete(group);
    const evidence = async (kind: "user" | "group", id: string) => {
      const [change] = await source.read(kind, id, signal());
      return change?.type === "absent" ? change.evidence : change?.type;
    };
    expect(await evidence("user", soft)).toBe("tombstone");
    expect(await evidence("user", hard)).toBe("not-found");
    expect(await evidence("group", group)).toBe("tombstone");
    tenant.revoke(["Group.Read.All"]);
    const poorer = sourceOn(tenant, { clock });
    const [change] = await poorer.read("group", group, signal());
    expect(change).toMatchObject({ evidence: "not-visible" });
    await poorer.close();
  });

  test("who were gone before the first read do no harm in it", async () => {
    const id = tenant.createUser({ displayName: "Old" });
    tenant.createUser({ displayName: "Ann" });
    tenant.softDelete(id);
    const { changes } = await pollAll(source, undefined);
    expect(about(changes, id)).toEqual([{ type: "absent", kind: "user", id, evidence: "tombstone" }]);
  });
});

describe("members", () => {
  test("are people and groups; devices, service principals and contacts are left out", async () => {
    const ann = tenant.createUser({ displayName: "Ann" });
    const inner = tenant.createGroup({ displayName: "inner" });
    const others = [tenant.createDevice(), tenant.createServicePrincipal(), tenant.createContact()];
    const group = tenant.createGroup({ displayName: "outer" }, [ann, inner, ...others]);
    const { changes } = await pollAll(source, undefined);
    const listed = about(changes, group).flatMap((change) => (change.type === "members" ? change.ids : []));
    expect(listed.toSorted()).toEqual([ann, inner].toSorted());
    const read = await source.read("group", group, signal());
    expect(read.at(1)).toMatchObject({ type: "members", mode: "listed", last: true });
    expect(read.flatMap((change) => (change.type === "members" ? change.ids : [])).toSorted()).toEqual(
      [ann, inner].toSorted(),
    );
  });

  test("of a group over many pages are one list that ends once", async () => {
    const people = Array.from({ length: 25 }, (_, index) => tenant.createUser({ displayName: `P${index}` }));
    const group = tenant.createGroup({ displayName: "large" }, people);
    tenant.switches.memberPageSize = 4;
    const { changes } = await pollAll(source, undefined);
    expect(folded(changes).members(group)).toEqual(people.toSorted());
    const ends = changes.filter((change) => change.type === "members" && change.last);
    expect(ends).toHaveLength(1);
  });

  test("that a group hides are not taken for none", async () => {
    const warnings: string[] = [];
    const log: Log = { ...silent, warn: (_, message) => warnings.push(message) };
    const ann = tenant.createUser({ displayName: "Ann" });
    const group = tenant.createGroup({ displayName: "hidden", visibility: "HiddenMembership" }, [ann]);
    const reader = sourceOn(tenant, { clock, log });
    const { changes } = await pollAll(reader, undefined);
    expect(about(changes, group).map(({ type }) => type)).toEqual(["present"]);
    expect(warnings).toEqual([expect.stringMatching(/hides its members/)]);
    expect((await reader.read("group", group, signal())).map(({ type }) => type)).toEqual(["present"]);
    await reader.close();
  });
});

/** A tenant with nobody is refused, so somebody is there. */
function sourceWithSomebody(): Source {
  tenant.createUser({ displayName: "Somebody" });
  return source;
}
