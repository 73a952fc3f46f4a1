/** The exam that every source sits: what the contract in src/sources/source.ts promises, asked of a directory that really changes. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CursorLost } from "../../src/errors.ts";
import type { Kind } from "../../src/scim/resource.ts";
import type { Cursor, Source, SourceRecord, View } from "../../src/sources/source.ts";
import { type Fold, folded, pollAll } from "./fold.ts";
import { Story } from "./story.ts";

export interface NewPerson {
  /** Unique; letters, digits and hyphens unless a test says otherwise. */
  readonly login: string;
  readonly displayName: string;
  readonly mail?: string;
}

/** A directory that can be changed, and the source that reads it. Ids are those of the source. */
export interface SourceWorld {
  /** A new source on the same directory, of which `displayName` and `mail` of people and groups are selected. */
  source(): Source;
  view(kind: Kind, record: SourceRecord, now: number): View;
  createPerson(person: NewPerson): Promise<string>;
  /** Sets or, with null, clears. */
  changePerson(
    id: string,
    change: { readonly displayName?: string; readonly mail?: string | null },
  ): Promise<void>;
  disablePerson(id: string): Promise<void>;
  /** Whatever renames an object in this directory without changing its id. */
  renamePerson(id: string, name: string): Promise<void>;
  deletePerson(id: string): Promise<void>;
  createGroup(name: string, members: readonly string[]): Promise<string>;
  renameGroup(id: string, name: string): Promise<void>;
  deleteGroup(id: string): Promise<void>;
  addMember(group: string, member: string): Promise<void>;
  removeMember(group: string, member: string): Promise<void>;
  /** A cursor like this one that the directory does not take any more. */
  expired(cursor: Cursor): Cursor;
  /** Names under which a record holds what the exam writes. */
  readonly attributes: { readonly displayName: string; readonly mail: string };
  /** False where the directory keeps deletions from this account; then they are left to full reads. */
  readonly tellsDeletions: boolean;
  /** Set where groups hold people only. */
  readonly flatGroups?: true;
  close(): Promise<void>;
}

/** Text that is data, whatever it looks like to LDAP, SQL, JSON, a terminal or a person. */
const hostile: readonly string[] = [
  `Robert'); DROP TABLE users;--`,
  `*)(objectClass=*`,
  `back\\slash, comma, "quotes" + plus < > # =`,
  `Ω≈ç 张伟 🦊 e\u0301`,
  `\u202Eright to left`,
  `\u001b[31mred\u001b[0m`,
  "two\nlines\tand a tab",
  `{{user.mail}} \${env} %s`,
  `__proto__`,
];

export function examineSource(name: string, open: () => Promise<SourceWorld>): void {
  describe(`${name} keeps the contract of a source`, () => {
    let world: SourceWorld;
    let source: Source;
    let count = 0;
    /** Several exams may share a directory. */
    const run = randomBytes(3).toString("hex");
    const login = (): string => `p${run}${++count}`;
    const signal = (): AbortSignal => AbortSignal.timeout(120_000);
    const person = (): Promise<string> =>
      world.createPerson({ login: login(), displayName: `Person ${count}` });

    beforeAll(async () => {
      world = await open();
      source = world.source();
    });

    afterAll(async () => {
      await source?.close();
      await world?.close();
    });

    async function full(): Promise<Fold> {
      return folded((await pollAll(source, undefined)).changes);
    }

    test("the first read holds everybody, with members, and one cursor at its end", async () => {
      const people = await Promise.all([person(), person(), person()]);
      const inner = await world.createGroup(`${run}-inner`, people.slice(0, 2));
      const nested = world.flatGroups ? [] : [inner];
      const outer = await world.createGroup(`${run}-outer`, [...nested, ...people.slice(2)]);
      const seen = await full();
      for (const id of people) expect(seen.records.get(id)?.kind).toBe("user");
      expect(seen.records.get(outer)?.kind).toBe("group");
      expect(seen.members(inner)).toEqual(people.slice(0, 2).sort());
      expect(seen.members(outer)).toEqual([...nested, ...people.slice(2)].sort());
    });

    test("a quiet directory has no changes to tell", async () => {
      const { cursor } = await pollAll(source, undefined);
      const first = await pollAll(source, cursor);
      expect(first.changes).toEqual([]);
      expect((await pollAll(source, first.cursor)).changes).toEqual([]);
    });

    test("identity is the same every time and for every source on the same directory", async () => {
      const other = world.source();
      expect(await other.identity(signal())).toBe(await source.identity(signal()));
      await other.close();
    });

    test("what changed, added to what was, is what a full read shows", async () => {
      const stays = await person();
      const leaves = await person();
      const group = await world.createGroup(`${run}-delta`, [stays, leaves]);
      const before = await pollAll(source, undefined);
      const state = folded(before.changes);
      await world.changePerson(stays, { displayName: "Other Name", mail: "other@example.com" });
      const joins = await person();
      await world.addMember(group, joins);
      await world.removeMember(group, stays);
      await world.renamePerson(stays, `${run} renamed`);
      await world.renameGroup(group, `${run}-delta-renamed`);
      await world.disablePerson(joins);
      if (world.tellsDeletions) await world.deletePerson(leaves);
      const after = await pollAll(source, before.cursor);
      expect(folded(after.changes, state).snapshot()).toEqual((await full()).snapshot());
      expect(state.members(group)).toEqual(world.tellsDeletions ? [joins] : [joins, leaves].sort());
      await world.changePerson(stays, { mail: null });
      await world.deleteGroup(group);
      const again = await pollAll(source, after.cursor);
      folded(again.changes, state);
      expect(state.records.get(stays)?.record[world.attributes.mail] ?? null).toBeNull();
      if (world.tellsDeletions) expect(state.snapshot()).toEqual((await full()).snapshot());
    });

    test("an old cursor repeats what came since, and repeating it changes nothing", async () => {
      const id = await person();
      const before = await pollAll(source, undefined);
      const state = folded(before.changes);
      await world.changePerson(id, { displayName: "First" });
      folded((await pollAll(source, before.cursor)).changes, state);
      await world.changePerson(id, { displayName: "Second" });
      const repeated = await pollAll(source, before.cursor);
      folded(repeated.changes, state);
      const once = state.snapshot();
      folded(repeated.changes, state);
      expect(state.snapshot()).toEqual(once);
      expect(once).toEqual((await full()).snapshot());
    });

    test("a disabled person looks disabled and nobody else does", async () => {
      const [on, off] = [await person(), await person()];
      await world.disablePerson(off);
      const seen = await full();
      const reason = (id: string) =>
        world.view("user", seen.records.get(id)?.record ?? {}, Date.now()).disabled;
      expect(reason(on)).toBeUndefined();
      expect(reason(off)).toMatch(/\w/);
    });

    test("reading one object agrees with the poll", async () => {
      const id = await person();
      const group = await world.createGroup(`${run}-one`, [id]);
      const seen = await full();
      const user = folded(await source.read("user", id, signal()));
      expect(user.records.get(id)).toEqual(seen.records.get(id));
      expect(user.memberOf.get(id)).toEqual(seen.memberOf.get(id));
      const [first] = await source.read("group", group, signal());
      expect(first).toMatchObject({ type: "present", kind: "group", id: group });
      const read = folded(await source.read("group", group, signal()), folded([], seen));
      expect(read.members(group)).toEqual([id]);
    });

    test("a deleted object is absent, with the evidence that there is", async () => {
      const id = await person();
      const { cursor } = await pollAll(source, undefined);
      await world.deletePerson(id);
      const [change] = await source.read("user", id, signal());
      const evidence = world.tellsDeletions
        ? expect.stringMatching(/^(tombstone|not-found)$/)
        : "not-visible";
      expect(change).toEqual({ type: "absent", kind: "user", id, evidence });
      const told = (await pollAll(source, cursor)).changes.filter((one) => one.type === "absent");
      expect(told.map((one) => one.id)).toEqual(world.tellsDeletions ? [id] : []);
    });

    test("people and groups are found by their names and nobody else is", async () => {
      const name = login();
      const id = await world.createPerson({ login: name, displayName: "Findable" });
      const group = await world.createGroup(`${run}-findable`, []);
      expect(await source.find("user", name, signal())).toEqual([id]);
      expect(await source.find("user", id, signal())).toEqual([id]);
      expect(await source.find("group", `${run}-findable`, signal())).toEqual([group]);
      for (const key of ["", "*", `${run}*`, "nobody-at-all", ...hostile, id.replaceAll(/[0-9a-f]/g, "0")]) {
        expect(await source.find("user", key, signal()), key).toEqual([]);
        expect(await source.find("group", key, signal()), key).toEqual([]);
      }
    });

    test("hostile values come through as they are", async () => {
      const ids = new Map<string, string>();
      for (const value of hostile) {
        ids.set(value, await world.createPerson({ login: login(), displayName: value }));
      }
      const seen = await full();
      for (const [value, id] of ids) {
        expect(seen.records.get(id)?.record[world.attributes.displayName]).toBe(value);
      }
    });

    test("a cursor that the directory does not take is lost before anything is told", async () => {
      const { cursor } = await pollAll(source, undefined);
      for (const lost of [world.expired(cursor), { text: "" }, { text: "{}" }, { text: `${cursor.text}x` }]) {
        const told: unknown[] = [];
        const reading = (async () => {
          for await (const page of source.poll(lost, signal())) told.push(page);
        })();
        await expect(reading).rejects.toBeInstanceOf(CursorLost);
        expect(told).toEqual([]);
      }
    });

    test("an abort ends a poll at once with its reason, before it began and in its midst", async () => {
      const reason = new Error("stopped by the test");
      await expect(pollAll(source, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
      const controller = new AbortController();
      const polling = pollAll(source, undefined, controller.signal);
      setImmediate(() => controller.abort(reason));
      await expect(polling).rejects.toBe(reason);
      expect((await full()).records.size).toBeGreaterThan(0);
    });

    test("a reader who leaves early does no harm", async () => {
      for await (const page of source.poll(undefined, signal())) {
        expect(page.changes.length).toBeGreaterThan(0);
        break;
      }
      expect((await full()).records.size).toBeGreaterThan(0);
    });

    test("after any story of changes, deltas and a full read agree", async () => {
      const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
      const story = new Story(world, seed, login);
      await story.begin(3);
      let at = await pollAll(source, undefined);
      const state = folded(at.changes);
      for (let step = 0; step < 40; step++) {
        await story.goOn();
        if (step % 3 !== 0) continue;
        at = await pollAll(source, at.cursor);
        folded(at.changes, state);
      }
      folded((await pollAll(source, at.cursor)).changes, state);
      expect(state.snapshot(), `seed ${seed}: ${story.told.join(", ")}`).toEqual((await full()).snapshot());
    });
  });
}
