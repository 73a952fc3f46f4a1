import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import type { StoredResource } from "../../src/scim/resource.ts";
import { Bindings } from "../../src/store/bindings.ts";
import { releaseClaims, renameClaims } from "../../src/store/claim-files.ts";
import { Claims } from "../../src/store/claims.ts";
import { Store } from "../../src/store/store.ts";
import { Desk } from "./desk.ts";

const signal = new AbortController().signal;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Two directories, each with a connection of its own into one target. */
class Merger {
  readonly desk = new Desk();
  readonly #other = new Desk();

  constructor(more = "") {
    const type = /type: ([\w-]+)/.exec(readFileSync(this.#other.file, "utf8"))?.[1] ?? "";
    this.desk.configure(
      `  others: { type: ${type} }\nconnections:\n  old: { source: people, target: directory${more} }\n  young: { source: others, target: directory }\ntargets:\n  directory: { type: embedded }\n`,
    );
  }

  get old() {
    return this.desk.directory;
  }

  get young() {
    return this.#other.directory;
  }

  async accounts(): Promise<ReadonlyMap<string, StoredResource>> {
    const target = await this.desk.target();
    const found = new Map<string, StoredResource>();
    for await (const each of target.users.list(signal)) found.set(each.id, each);
    await target.close();
    return found;
  }

  /** Ids of the accounts in a group. */
  async members(name: string): Promise<readonly string[]> {
    const target = await this.desk.target();
    const [group] = await target.groups.find("displayName", name, signal);
    const members = [...(await target.groups.members(group?.id ?? "", signal))];
    await target.close();
    return members;
  }

  store(connection: string): Store {
    const { clock, folder } = this.desk;
    return Store.open({ folder: `${folder}/state`, connection, target: "directory", clock, create: true });
  }

  /** Which connections have a link to the account, and whose it is by the claim. */
  owners(id: string) {
    const links = ["old", "young"].filter((name) => {
      const store = this.store(name);
      const row = store.matches.linkedTo("user", id);
      store.close();
      return row !== undefined;
    });
    const store = this.store("old");
    const claim = store.claims.owner("user", id);
    store.close();
    return { links, claim: claim && `${claim.connection}/${claim.sourceId}` };
  }

  [Symbol.dispose](): void {
    this.desk[Symbol.dispose]();
    this.#other[Symbol.dispose]();
  }
}

/** Ann goes to the other company, which has entered her already. */
async function annMoves(): Promise<{ readonly w: Merger; readonly id: string }> {
  const w = new Merger();
  w.old
    .person("a1", { login: "ann@example.com", name: "Ann" })
    .person("bob", { manager: "a1" })
    .group("g", ["a1", "bob"], { name: "Sales" });
  w.young.person("yan", { name: "Yan" }).group("h", [], { name: "Design" });
  expect((await w.desk.run("sync")).code).toBe(0);
  w.young.person("a2", { login: "ann@example.com", name: "Ann Lee" }).join("h", "a2");
  const id = [...(await w.accounts()).values()].find((each) => each["userName"] === "ann@example.com")?.id;
  return { w, id: id ?? "" };
}

const line = (...more: readonly string[]) => [
  ...["transfer", "ann@example.com", "--from", "old", "--to", "young"],
  ...more,
];
const real = line("--yes", "--reason", "moved to Design");

test("somebody who moves keeps the account: never off, no second one, groups and values of the new directory", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  const dry = await w.desk.run(line(), { columns: 80, environment: { NO_COLOR: "1" } });
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toContain("1 person would be moved from old to young");
  expect(dry.out).toContain("To be taken out of the groups of old: Sales");
  expect(w.owners(id)).toEqual({ links: ["old"], claim: "old/a1" });

  expect(await w.desk.run(real)).toMatchObject({ code: 0, err: "" });
  expect(w.owners(id)).toEqual({ links: ["young"], claim: "young/a2" });
  expect(await w.members("Sales")).not.toContain(id);
  w.old.remove("a1");
  for (const name of ["old", "young", "old"]) expect((await w.desk.run(["sync", name])).code).toBe(0);
  const accounts = await w.accounts();
  expect(accounts.size).toBe(3);
  expect(accounts.get(id)).toMatchObject({ active: true, displayName: "Ann Lee", externalId: "a2" });
  expect(await w.members("Design")).toEqual([id]);
  expect((await w.desk.run("log old --json")).out).not.toContain('"deactivate"');
  for (const name of ["old", "young"]) {
    const log = (await w.desk.run(["log", name, "--json"])).out;
    expect(log).toContain("moved to Design");
    expect((await w.desk.run(["log", "verify", name])).code).toBe(0);
  }
});

/** What the process dies over, in the order in which it comes. */
const deaths = [
  ["before anything", "handOver", "old", "old/a1", ["old"]],
  ["after the claim", "bind", "old", "young/a2", ["old"]],
  ["after the new link", "cut", "both", "young/a2", ["old", "young"]],
] as const;

test.each(deaths)(
  "a process that dies %s leaves one owner, and the same command goes on",
  async (_when, method, _links, claim, links) => {
    const { w, id } = await annMoves();
    using _w = w;
    vi.spyOn(Bindings.prototype, method).mockImplementation(() => {
      throw new Error("the process died");
    });
    expect((await w.desk.run(real)).code).toBe(1);
    vi.restoreAllMocks();
    expect(w.owners(id)).toEqual({ links, claim });
    expect((await w.desk.run(real)).code).toBe(0);
    expect(w.owners(id)).toEqual({ links: ["young"], claim: "young/a2" });
    w.old.remove("a1");
    await w.desk.run("sync");
    expect((await w.accounts()).get(id)).toMatchObject({ active: true, externalId: "a2" });
    expect((await w.accounts()).size).toBe(3);
  },
);

test.each(deaths.slice(1))(
  "where a process died %s and nobody goes on, the old connection writes nothing more to the account",
  async (_when, method) => {
    const { w, id } = await annMoves();
    using _w = w;
    vi.spyOn(Bindings.prototype, method).mockImplementation(() => {
      throw new Error("the process died");
    });
    await w.desk.run(real);
    vi.restoreAllMocks();
    w.old.remove("a1");
    await w.desk.run("sync old");
    await w.desk.run("sync young");
    await w.desk.run("sync old");
    const accounts = await w.accounts();
    expect(accounts.get(id)).toMatchObject({ active: true });
    expect(accounts.size).toBe(3);
    expect(w.owners(id).claim).toBe("young/a2");
  },
);

test("nobody is moved to where they would be switched off, or who has an account there, or whose account is another's", async () => {
  const { w } = await annMoves();
  using _w = w;
  w.young.person("a2", { enabled: false });
  const off = await w.desk.run(real);
  expect(off.code).toBe(2);
  expect(off.err).toContain("would lose the account in young: disabled in the directory");
  w.old.person("yan2", { login: "yan.two@example.com" });
  await w.desk.run("sync old");
  const has = await w.desk.run("transfer yan.two@example.com --as yan --from old --to young");
  expect(has.err).toContain("has account");
  expect((await w.desk.run("transfer nobody --from old --to young")).code).toBe(2);
  expect((await w.desk.run("transfer bob --from old --to young")).err).toContain("--as NAME");
  expect((await w.desk.run("transfer bob --from old --to old")).code).toBe(2);
  expect((await w.desk.run("transfer bob --from old")).code).toBe(2);
  expect((await w.desk.run("transfer --all --from old --to young")).err).toContain("--by");
});

test("who was moved gets no second account from the directory that they left, until the new connection lets go", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  expect((await w.desk.run(real)).code).toBe(0);
  // Nothing of the account is as the old directory knows it.
  w.young.person("a2", { login: "ann.lee@fabrikam.example" });
  expect((await w.desk.run("sync young")).code).toBe(0);
  for (const line of ["sync old", "sync old --full", "retry", "sync old"]) await w.desk.run(line);
  expect((await w.accounts()).size).toBe(3);
  const again = await w.desk.run("sync old");
  expect(again.code).toBe(4);
  expect((await w.desk.run("plan old --user a1")).err + again.out).not.toContain("create ");
  expect((await w.desk.run("explain a1")).out).toContain("was handed to connection young (there: a2)");
  expect((await w.desk.run("survey old --csv -")).out).toContain("was handed to a2 of connection young");
  w.young.remove("a2");
  expect((await w.desk.run("sync young")).code).toBe(0);
  expect((await w.accounts()).get(id)).toMatchObject({ active: false });
  await w.desk.run("sync old");
  expect((await w.accounts()).size).toBe(4);
});

test("a connection that gets another name still knows whom it handed over; one that is released has forgotten", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  expect((await w.desk.run(real)).code).toBe(0);
  const state = `${w.desk.folder}/state`;
  const handed = () => {
    const claims = Claims.open(state, "directory", "elder");
    const found = claims.handedTo("user", "a1");
    claims.close();
    return found;
  };
  renameClaims(state, "old", "elder");
  expect(handed()).toEqual({ connection: "young", sourceId: "a2", targetId: id });
  releaseClaims(state, "elder", w.desk.clock.now());
  expect(handed()).toBeUndefined();
});

test("who comes back by another transfer is at home again", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  expect((await w.desk.run(real)).code).toBe(0);
  const back = "transfer ann@example.com --from young --to old --yes --reason back";
  expect((await w.desk.run(back)).code).toBe(0);
  expect(w.owners(id)).toEqual({ links: ["old"], claim: "old/a1" });
  w.young.remove("a2");
  for (const name of ["young", "old"]) expect((await w.desk.run(["sync", name])).code).toBe(0);
  expect((await w.accounts()).get(id)).toMatchObject({ active: true, externalId: "a1" });
  expect((await w.accounts()).size).toBe(3);
});

test("whom the old connection switched off is switched on by the new one, without being taken for switched off by hand", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  w.old.person("a1", { enabled: false });
  await w.desk.run("sync old");
  expect((await w.accounts()).get(id)).toMatchObject({ active: false });
  expect((await w.desk.run(real)).code).toBe(0);
  expect((await w.desk.run("sync young")).code).toBe(0);
  expect((await w.accounts()).get(id)).toMatchObject({ active: true, externalId: "a2" });
});

test("whom the configuration protects is not moved, and a protected group keeps its members", async () => {
  using w = new Merger(", protect: { users: [bob], groups: [Sales] }");
  w.old.person("ann").person("bob").group("g", ["ann", "bob"], { name: "Sales" });
  await w.desk.run("sync old");
  w.young.person("ann2", { login: "ann@example.com" }).person("bob2", { login: "bob@example.com" });
  const bob = await w.desk.run("transfer bob@example.com --from old --to young --yes --reason x");
  expect(bob.code).toBe(2);
  expect(bob.err).toContain("is protected");
  const before = await w.members("Sales");
  const ann = await w.desk.run("transfer ann@example.com --from old --to young --yes --reason x");
  expect(ann).toMatchObject({ code: 0, err: "" });
  expect(ann.out).not.toContain("Sales");
  expect(await w.members("Sales")).toEqual(before);
});

test("a member that the target does not let go of stops the move before it begins", async () => {
  const { w, id } = await annMoves();
  using _w = w;
  const { definition } = await import("../../src/targets/embedded/index.ts");
  const open = definition.open;
  definition.open = async (...given) => {
    const api = await open(...given);
    const groups = new Proxy(api.groups, {
      get: (from, name) =>
        name === "changeMembers"
          ? async () => {
              throw new Error("no answer");
            }
          : Reflect.get(from, name).bind(from),
    });
    return { ...api, groups };
  };
  try {
    expect((await w.desk.run(real)).code).toBe(1);
  } finally {
    definition.open = open;
  }
  expect(w.owners(id)).toEqual({ links: ["old"], claim: "old/a1" });
});

test("everybody of one directory is found again in another by the id that it kept, with groups and memberships", async () => {
  using w = new Merger();
  const guid = "0d4a8cf2-6b0b-4d0a-9d6b-2f1f5a0f9c11";
  w.old
    .person(guid, { login: "ann@corp.example", name: "Ann" })
    .person("b", { login: "bob@corp.example", manager: guid })
    .person("c", { login: "cyd@corp.example" })
    .person("left", { login: "left@corp.example" })
    .group("g", [guid, "b", "c"], { name: "Sales" })
    .group("only-old", [guid], { name: "Old" });
  expect((await w.desk.run("sync old")).code).toBe(0);
  const before = await w.accounts();
  const [ann, cyd] = ["ann", "cyd"].map(
    (name) => [...before.values()].find((each) => each["userName"] === `${name}@corp.example`)?.id ?? "",
  );
  w.young
    .person("e1", { login: "ann@cloud.example", title: "8oxKDQtrCk2day8fWg+cEQ==", name: "Ann" })
    .person("e2", { login: "bob@cloud.example", title: "B", manager: "e1" })
    .person("e3", { login: "cyd@cloud.example", title: "c" })
    .person("e4", { login: "new@cloud.example" })
    .group("h", ["e1", "e2"], { name: "sales" });
  expect((await w.desk.run("transfer --all --by title --from old --to young")).err).toContain(
    "has not read its directory yet",
  );
  await w.desk.run("plan young");
  const all = ["transfer", "--all", "--by", "title", "--from", "old", "--to", "young"];
  expect((await w.desk.run([...all.slice(0, 3), "titel", ...all.slice(4)])).err).toContain(
    'has no attribute "titel"',
  );
  const dry = await w.desk.run(all);
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toContain("3 people and 1 group would be moved");
  expect(dry.out).toContain("left@corp.example: nobody in young is the same");
  expect((await w.desk.run([...all, "--yes", "--reason", "AD is switched off"])).code).toBe(0);
  // Every name and external id changes: that waits for a word, like any such change.
  const held = await w.desk.run("sync young --json");
  expect(JSON.parse(held.out)).toMatchObject({
    outcome: "held",
    applied: { create: 1, "remove member": 1 },
    holds: [{ class: "identifier-changes", waiting: 4 }],
  });
  const word = ["--connection", "young", "--reason", "the ids of the cloud"];
  expect((await w.desk.run(["held", "approve", "identifier-changes", ...word])).code).toBe(0);
  expect(JSON.parse((await w.desk.run("sync young --json")).out)).toMatchObject({
    outcome: "done",
    applied: { rename: 3 },
  });
  const after = await w.accounts();
  expect([...after.keys()].filter((id) => before.has(id))).toHaveLength(4);
  expect(after.size).toBe(5);
  expect([...after.values()].every((each) => each["active"] === true)).toBe(true);
  expect(after.get(ann ?? "")).toMatchObject({ userName: "ann@cloud.example", externalId: "e1" });
  expect(await w.members("sales")).not.toContain(cyd);
  expect(await w.members("Old")).toEqual([ann]);
  expect((await w.desk.run("sync young")).out).toContain("0 writes");
  // The old directory still has them: that is a conflict by name, and nothing is written.
  expect((await w.desk.run("sync old")).code).toBe(4);
  expect(await w.accounts()).toEqual(after);
});
