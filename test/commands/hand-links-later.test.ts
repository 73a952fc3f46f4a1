import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

const signal = new AbortController().signal;

async function made(desk: Desk, userName: string): Promise<string> {
  const target = await desk.target();
  const { id } = await target.users.create({ userName, active: true } as never, { signal });
  await target.close();
  return id;
}

/** What stands at the target, by id. */
async function held(desk: Desk): Promise<ReadonlyMap<string, unknown>> {
  const target = await desk.target();
  const found = new Map<string, unknown>();
  for await (const { id, userName, active } of target.users.list(signal)) found.set(id, { userName, active });
  await target.close();
  return found;
}

test("a link made by hand lives on like any other: disabled, enabled, compared with the target, gone", async () => {
  using desk = new Desk();
  desk.directory.person("ann").people("u", 5);
  const id = await made(desk, "alee");
  await desk.run(["link", "ann", "alee", "--yes", "--reason", "x"]);
  expect((await desk.run("sync")).code).toBe(0);
  const states: unknown[] = [];
  for (const enabled of [false, true]) {
    desk.directory.person("ann", { enabled });
    expect((await desk.run("sync")).code).toBe(0);
    states.push((await held(desk)).get(id));
  }
  expect(states).toMatchObject([{ active: false }, { active: true }]);
  expect((await desk.run("sync --reconcile")).out).toContain("0 writes");
  desk.directory.remove("ann");
  expect((await desk.run("sync")).code).toBe(0);
  expect((await held(desk)).get(id)).toMatchObject({ active: false });
  expect((await held(desk)).size).toBe(6);
});

test("who was unlinked is not linked again by a comparison with the target", async () => {
  using desk = new Desk();
  desk.directory.person("ann").people("u", 5);
  await desk.run("sync");
  const before = await held(desk);
  await desk.run(["unlink", "ann", "--yes", "--reason", "the wrong Ann"]);
  expect((await desk.run("sync --reconcile")).code).toBe(3);
  const store = desk.store();
  expect(store.people.find("ann")[0]?.targetId).toBeNull();
  store.close();
  expect(await held(desk)).toEqual(before);
});

test("the account that somebody was unlinked from can be linked to the right person", async () => {
  using desk = new Desk();
  desk.directory.person("ann").person("anne", { login: "anne@example.com" }).people("u", 5);
  await desk.run("sync");
  const account = [...(await held(desk))].find(([, each]) => JSON.stringify(each).includes('"ann@'))?.[0];
  const annes = [...(await held(desk))].find(([, each]) => JSON.stringify(each).includes('"anne@'))?.[0];
  await desk.run(["unlink", "ann", "--yes", "--reason", "mixed up"]);
  await desk.run(["unlink", "anne", "--yes", "--reason", "mixed up"]);
  expect((await desk.run(["link", "ann", annes ?? "", "--yes", "--reason", "mixed up"])).code).toBe(0);
  expect((await desk.run(["link", "anne", account ?? "", "--yes", "--reason", "mixed up"])).code).toBe(0);
  const sync = await desk.run("sync");
  expect(sync.code, sync.out).toBe(0);
  const after = await held(desk);
  expect(after.size).toBe(7);
  expect(after.get(annes ?? "")).toMatchObject({ userName: "ann@example.com", active: true });
  expect(after.get(account ?? "")).toMatchObject({ userName: "anne@example.com", active: true });
  expect((await desk.run("sync --reconcile")).out).toContain("0 writes");
});

test("many links that change names are held like any other change of names", async () => {
  using desk = new Desk();
  desk.directory.people("p", 12);
  for (let n = 0; n < 12; n++) {
    await made(desk, `old${n}`);
    await desk.run(["link", `p00${String(n).padStart(2, "0")}`, `old${n}`, "--yes", "--reason", "x"]);
  }
  const before = await held(desk);
  expect((await desk.run("sync")).code).toBe(3);
  expect(await held(desk)).toEqual(before);
});
