/** A read of everybody for whoever remembers seals: what is opened is what a poll tells. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Change, Sealed, Source } from "../../../../src/sources/source.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { sourceOn } from "../entra-world.ts";

let tenant: EntraTenant;
const sources: Source[] = [];
const signal = () => AbortSignal.timeout(10_000);

beforeEach(async () => {
  tenant = await startEntraTenant({ switches: { deltaPageSize: 3 } });
});

afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  await tenant.stop();
});

function opened(options: Parameters<typeof sourceOn>[1] = {}): Source {
  const source = sourceOn(tenant, options);
  sources.push(source);
  return source;
}

async function toldBy(source: Source): Promise<readonly (Change | Sealed)[]> {
  const told: (Change | Sealed)[] = [];
  for await (const { changes } of source.everybody?.(signal()) ?? []) told.push(...changes);
  return told;
}

function sealsOf(told: readonly (Change | Sealed)[]): ReadonlyMap<string, string> {
  return new Map(told.flatMap((each) => (each.type === "sealed" ? [[each.id, each.seal]] : [])));
}

function people(): readonly string[] {
  const ids = Array.from({ length: 7 }, (_, n) => tenant.createUser({ displayName: `Person "${n}"` }));
  tenant.createGroup({ displayName: "Team" }, ids.slice(0, 4));
  tenant.createGroup({ displayName: "Zähler \\ HiddenMembership" }, ids.slice(2));
  return ids;
}

test("what is sealed says, opened, what a poll says", async () => {
  people();
  const source = opened();
  const polled: Change[] = [];
  for await (const { changes } of source.poll(undefined, signal())) polled.push(...changes);
  const told = await toldBy(source);
  expect(told.flatMap((each) => (each.type === "sealed" ? each.open() : each))).toEqual(polled);
  expect(sealsOf(told).size).toBeGreaterThan(6);
});

test("a seal is the same in the next process, and another where the object changed", async () => {
  const [ann = "", ben = ""] = people();
  const before = sealsOf(await toldBy(opened()));
  tenant.updateUser(ann, { displayName: "Ann" });
  const after = sealsOf(await toldBy(opened()));
  expect(after.get(ben)).toBe(before.get(ben));
  expect(after.get(ann)).not.toBe(before.get(ann));
});

test("a seal is another where other attributes are read, although the service sends the same", async () => {
  const [ann = ""] = people();
  const select = { user: ["displayName"], group: ["displayName"] };
  const more = { ...select, user: ["displayName", "jobTitle"] };
  const one = sealsOf(await toldBy(opened({ select })));
  const other = sealsOf(await toldBy(opened({ select: more })));
  expect(other.get(ann)).not.toBe(one.get(ann));
});

test("who is gone is told at once", async () => {
  const [ann = ""] = people();
  tenant.softDelete(ann);
  const told = await toldBy(opened());
  expect(sealsOf(told).has(ann)).toBe(false);
});

/** Where this changes, an entry that was read before means something else: raise READER in sealed-entry.ts with it. */
test("what entries say is what the present number of the reader stands for", async () => {
  const id = tenant.createUser({
    displayName: "Ann",
    mail: "",
    businessPhones: ["1"],
    onPremisesExtensionAttributes: { extensionAttribute1: "x", extensionAttribute2: null },
  });
  const boss = tenant.createUser({ displayName: "Boss" });
  tenant.setManager(id, boss);
  const select = {
    user: ["displayName", "mail", "businessPhones", "manager", "onPremisesExtensionAttributes"],
    group: ["displayName"],
  };
  const told = await toldBy(opened({ select }));
  const sealed = told.find((each) => each.type === "sealed" && each.id === id) as Sealed;
  expect(sealed.open()).toEqual([
    {
      type: "present",
      kind: "user",
      id,
      cleared: expect.anything(),
      record: expect.objectContaining({
        displayName: "Ann",
        businessPhones: ["1"],
        manager: boss,
        onPremisesExtensionAttributes: { extensionAttribute1: "x" },
      }),
    },
  ]);
});
