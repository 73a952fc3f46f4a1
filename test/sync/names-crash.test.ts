import { afterEach, describe, expect, test } from "vitest";
import type { Kind } from "../../src/scim/resource.ts";
import { isTemporaryName } from "../../src/sync/name-conflicts.ts";
import { type Call, World } from "../world.ts";

const made: World[] = [];
afterEach(() => {
  for (const each of made.splice(0)) each.end();
});

const ring = { ann: "ben", ben: "cleo", cleo: "ann" } as const;

/** Ann, Ben and Cleo, in step with the target, and asked to go round. */
async function ready(kind: Kind): Promise<World> {
  const w = new World({ settleMs: 5000 });
  made.push(w);
  w.directory.people("p", 5);
  for (const id of Object.keys(ring))
    if (kind === "user") w.directory.person(id);
    else w.directory.group(id, ["p0001"]);
  await w.sync();
  for (const [id, to] of Object.entries(ring)) become(w, kind, id, to);
  return w;
}

function become(w: World, kind: Kind, id: string, to: string): void {
  if (kind === "user") w.directory.person(id, { login: `${to}@example.com` });
  else w.directory.group(id, ["p0001"], { name: to });
}

/** Throws at the n-th call of any kind; tells whether there was one. */
function atCall(
  n: number,
  boom: () => never,
): { readonly hook: (call: Call) => void; readonly fired: () => boolean } {
  let count = 0;
  return {
    hook: () => {
      if (++count === n) boom();
    },
    fired: () => count >= n,
  };
}

/** Source id -> name at the target, of those in the ring; each account once. */
async function names(w: World, kind: Kind): Promise<Record<string, string>> {
  const target = await w.target();
  const found: [string, string][] = [];
  const api = kind === "user" ? target.users : target.groups;
  for await (const each of api.list(new AbortController().signal)) {
    const name = String(each[kind === "user" ? "userName" : "displayName"]).replace("@example.com", "");
    if (!/^p\d/.test(String(each.externalId))) found.push([String(each.externalId), name]);
  }
  await target.close();
  expect(found).toHaveLength(3);
  return Object.fromEntries(found.toSorted());
}

async function crash(w: World, hook: "before" | "after", n: number): Promise<boolean> {
  const at = atCall(n, () => w.die());
  w[hook] = at.hook;
  await w.sync().catch(() => {});
  w[hook] = () => {};
  return at.fired();
}

function expectSettled(w: World): void {
  const store = w.store();
  expect(store.pending.doubtful()).toEqual([]);
  expect(store.audit.firstBreak()).toBeUndefined();
  store.close();
}

describe("a process that dies while three names go round", () => {
  test.each([
    ["before", "user"],
    ["after", "user"],
    ["after", "group"],
  ] as const)(
    "%s any of its calls for a %s leaves a row that the next run finishes: the right names, one account each",
    { timeout: 120_000 },
    async (moment, kind) => {
      let n = 1;
      for (; n < 60; n++) {
        const w = await ready(kind);
        if (!(await crash(w, moment, n))) break;
        const report = await w.sync();
        const { outcome, failures } = report;
        expect({ n, outcome, failures }).toEqual({ n, outcome: "done", failures: [] });
        expect(await names(w, kind)).toEqual(ring);
        expectSettled(w);
        w.end();
      }
      // Reads before each of the four writes at least.
      expect(n).toBeGreaterThan(8);
      expect(n).toBeLessThan(60);
    },
  );
});

/** Dies right after somebody went under a temporary name. */
async function diedAside(settled: boolean): Promise<World> {
  const w = await ready("user");
  let writes = 0;
  const moment = settled ? "before" : "after";
  w[moment] = (call) => {
    if (call.method === "patch" && ++writes === (settled ? 2 : 1)) w.die();
  };
  await w.sync().catch(() => {});
  w[moment] = () => {};
  expect(isTemporaryName({ sourceId: "ann" }, `${(await names(w, "user"))["ann"]}`)).toBe(true);
  return w;
}

describe.each([true, false])(
  "somebody whom a crash left under a temporary name (written down: %s)",
  (settled) => {
    test("and who is to keep the name from before after all gets it back", async () => {
      const w = await diedAside(settled);
      for (const id of Object.keys(ring)) become(w, "user", id, id);
      expect((await w.sync()).outcome).toBe("done");
      expect(await names(w, "user")).toEqual({ ann: "ann", ben: "ben", cleo: "cleo" });
      expectSettled(w);
    });

    test("gets the name from before back when the others stay as they are", async () => {
      const w = await diedAside(settled);
      become(w, "user", "ben", "ben");
      become(w, "user", "cleo", "cleo");
      const report = await w.sync();
      expect(report.failures).toMatchObject([
        { sourceId: "ann", message: expect.stringMatching(/kept by the account of ben/) },
      ]);
      expect(await names(w, "user")).toEqual({ ann: "ann", ben: "ben", cleo: "cleo" });
      become(w, "user", "ben", "bob");
      w.clock.pass(7 * 3_600_000);
      expect((await w.sync()).outcome).toBe("done");
      expect(await names(w, "user")).toEqual({ ann: "ben", ben: "bob", cleo: "cleo" });
    });

    test("and who is switched off meanwhile is switched off first", async () => {
      const w = await diedAside(settled);
      w.directory.person("ann", { enabled: false });
      await w.sync();
      expect((await w.users()).get("ben@example.com")).toMatchObject({ externalId: "ann", active: false });
      expect((await w.sync()).outcome).toBe("done");
      expect(await names(w, "user")).toEqual(ring);
    });
  },
);
