import { afterEach, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { type Call, World } from "../world.ts";

/** What the directory should have led to; keeps its own books and shares no code with the product. */
interface Truth {
  login: string;
  title: string | undefined;
  enabled: boolean;
  inside: boolean;
  gone: boolean;
  everActive: boolean;
}

/** Targets of other kinds than the embedded one. */
const capabilitiesOf = {
  usual: {},
  put: { update: "put" },
  "hidden members": { membersReadable: false },
  "names only": { filter: { user: ["userName"], group: ["displayName"] } },
} as const;

const writes = new Set(["create", "patch", "replace", "delete", "changeMembers"]);
const generous = { neverHoldBelow: 10_000 } as const;

/** A repeatable stream of numbers in [0, 1) (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

let world: World | undefined;
afterEach(() => world?.end());

async function history(seed: number): Promise<void> {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const nestedPolicy = pick(["flatten", "flatten", "direct"] as const);
  const whenDeleted = pick(["deactivate", "deactivate", "delete"] as const);
  const kind = pick(["usual", "usual", "put", "hidden members", "names only"] as const);
  const w = new World({
    settleMs: 30_000,
    limits: generous,
    scope: { users: 'user.department != "out"' },
    policy: { whenDeleted, groups: { push: true, nested: nestedPolicy, removed: "keep" } },
    capabilities: capabilitiesOf[kind],
  });
  world = w;
  const hidden = new Set<string>();
  const people = new Map<string, Truth>();
  const groups = new Map<string, Set<string>>();
  const nested = next() < 0.5;

  function put(id: string): void {
    const it = people.get(id);
    if (it === undefined) return;
    if (it.gone) w.directory.remove(id);
    else
      w.directory.person(id, {
        login: it.login,
        title: it.title ?? null,
        enabled: it.enabled,
        department: it.inside ? "in" : "out",
      });
  }

  function change(): void {
    const ids = [...people.keys()];
    const dice = next();
    if (dice < 0.3 || ids.length === 0) {
      const id = `h${seed}-${ids.length}`;
      people.set(id, {
        login: `${id}@example.com`,
        title: undefined,
        enabled: true,
        inside: next() < 0.8,
        gone: false,
        everActive: false,
      });
      put(id);
      return;
    }
    const id = pick(ids);
    const it = people.get(id);
    if (it === undefined || hidden.has(id)) return;
    if (it.gone) {
      // Back under the same id; the groups have to be joined again.
      if (dice > 0.7) return;
      it.gone = false;
      put(id);
      return;
    }
    if (dice < 0.45) it.title = next() < 0.3 ? undefined : `title ${Math.floor(next() * 3)}`;
    else if (dice < 0.55) it.enabled = !it.enabled;
    else if (dice < 0.65) it.inside = !it.inside;
    else if (dice < 0.7) it.login = `${id}.${Math.floor(next() * 100)}@example.com`;
    else if (dice < 0.78) {
      it.gone = true;
      for (const members of groups.values()) members.delete(id);
    } else {
      const name = `group${Math.floor(next() * 3)}`;
      const members = groups.get(name) ?? new Set<string>();
      if (!groups.has(name)) {
        groups.set(name, members);
        w.directory.group(name, []);
      }
      if (members.delete(id)) w.directory.leave(name, id);
      else {
        members.add(id);
        w.directory.join(name, id);
      }
      return;
    }
    put(id);
  }

  function fault(): void {
    const kind = Math.floor(next() * 10);
    const at = 1 + Math.floor(next() * 6);
    let count = 0;
    const hit = (call: Call) => writes.has(call.method) && ++count === at;
    if (kind === 0)
      w.before = (call) => {
        if (hit(call)) w.die();
      };
    if (kind === 1)
      w.after = (call) => {
        if (hit(call)) w.die();
      };
    if (kind === 2)
      w.before = (call) => {
        if (hit(call)) throw new TransientError("no answer", { outcome: "unknown" });
      };
    if (kind === 3)
      w.after = (call) => {
        if (hit(call)) throw new TransientError("no answer", { outcome: "unknown" });
      };
    if (kind === 4)
      w.before = (call) => {
        if (hit(call)) throw new ItemError("invalid-value", "refused");
      };
    if (kind === 5)
      w.directory.failAfterPage = { page: at, error: new TransientError("cut", { outcome: "none" }) };
    if (kind === 6) w.directory.cursorLost = true;
    if (kind === 8) {
      // A whole read that does not see somebody: nothing may happen to them without a person's word.
      const seen = [...people.keys()].filter((id) => people.get(id)?.gone === false);
      if (seen.length > 1) {
        const id = pick(seen);
        hidden.add(id);
        w.directory.hide(id);
      }
    }
    if (kind === 9)
      w.before = (call) => {
        if (call.method === "find" && ++count === at) throw new ItemError("invalid-value", "bad filter");
      };
    if (kind === 7)
      w.before = (call) => {
        if (call.method === "get" && ++count === at) throw new TransientError("503", { outcome: "none" });
      };
  }

  for (let round = 0; round < 6; round++) {
    for (let n = Math.floor(next() * 8); n >= 0; n--) change();
    if (nested && round === 2) {
      groups.set("outer", new Set());
      w.directory.group("outer", ["group0"]);
    }
    w.directory.pageSize = 1 + Math.floor(next() * 5);
    if (next() < 0.7) fault();
    const one = pick([...people.keys(), ""]);
    const request = next() < 0.15 && one !== "" ? { user: one } : { full: hidden.size > 0 || next() < 0.2 };
    await w.sync(request).catch(() => undefined);
    w.before = () => {};
    w.after = () => {};
    w.directory.failAfterPage = undefined;
    for (const id of hidden) put(id);
    hidden.clear();
    if (next() < 0.2) w.approve();
    w.clock.pass(1_000);
  }
  for (let quiet = 0; quiet < 4; quiet++) {
    w.clock.pass(25 * 3_600_000);
    await w.sync();
    w.approve();
  }
  w.calls.length = 0;
  const last = await w.sync({ full: next() < 0.5 });
  const context = `seed ${seed}`;
  if (people.size > 0 && [...people.values()].some((it) => !it.gone)) {
    expect({ outcome: last.outcome, failures: last.failures, holds: last.holds }, context).toEqual({
      outcome: "done",
      failures: [],
      holds: [],
    });
    expect(w.calls, `${context}: a quiet cycle`).toEqual([]);
  }

  const users = [...(await w.users()).values()];
  for (const [id, it] of people) {
    const accounts = users.filter((user) => user.externalId === id);
    expect(accounts.length, `${context}: accounts of ${id}`).toBeLessThanOrEqual(1);
    const active = !it.gone && it.enabled && it.inside;
    const [account] = accounts;
    if (active) {
      expect(account, `${context}: ${id}`).toMatchObject({ userName: it.login, active: true });
      expect(account?.["title"], `${context}: title of ${id}`).toBe(it.title);
    } else if (account !== undefined) expect(account["active"], `${context}: ${id} keeps access`).toBe(false);
  }
  const byName = await w.groups();
  const accountOf = new Map(users.map((user) => [user.externalId, String(user["userName"])]));
  for (const [name, members] of groups) {
    const below = name === "outer" && nestedPolicy === "flatten" ? (groups.get("group0") ?? []) : [];
    const expected = [...new Set([...members, ...below])]
      .filter((id) => people.get(id)?.inside === true && accountOf.has(id))
      .map((id) => accountOf.get(id));
    expect(byName[name], `${context}: ${name}`).toEqual(expected.sort());
  }
  w.end();
}

const first = Number(process.env["SEED"] ?? 1);
const count = Number(process.env["HISTORIES"] ?? 30);

test(`${count} random histories with faults converge: one account a person, right values, right groups, then silence`, async () => {
  for (let seed = first; seed < first + count; seed++) await history(seed);
}, 240_000);
