import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cursor, Source } from "../../../src/sources/source.ts";
import { type DomainController, startDomainController } from "../../lab/samba.ts";
import { type Fold, folded, pollAll } from "../fold.ts";
import { SambaWorld, sourceOn } from "./samba-world.ts";

const signal = (): AbortSignal => AbortSignal.timeout(60_000);

describe("what changes on a Samba domain controller", () => {
  let dc: DomainController;
  let world: SambaWorld;
  let staff: string;
  let reader: Source;
  let count = 0;

  beforeAll(async () => {
    dc = await startDomainController();
    staff = `OU=Staff\\, all,${dc.baseDn}`;
    await dc.ldapmodify(
      [`dn: ${staff}`, `dn: OU=Elsewhere,${dc.baseDn}`]
        .map((dn) => `${dn}\nobjectClass: organizationalUnit\n`)
        .join("\n"),
    );
    world = new SambaWorld(dc, await dc.adminClient(), { baseDn: staff });
    reader = sourceOn(dc, { baseDn: staff });
  });

  afterAll(async () => {
    await reader?.close();
    await world?.close();
    await dc?.stop();
  });

  const person = () => world.createPerson({ login: `staff${++count}`, displayName: `Staff ${count}` });

  describe.each([
    ["DirSync", "dirsync"],
    ["uSNChanged", "usn"],
  ])("followed by %s", (_, mode) => {
    /** The administrator has every right, so the slower way is forced by a cursor of its kind. */
    async function begin(): Promise<{ state: Fold; cursor: Cursor }> {
      await person();
      const { changes, cursor } = await pollAll(reader, undefined);
      const state = folded(changes);
      const { cookies, ...place } = JSON.parse(cursor.text);
      expect(cookies).toBeDefined();
      if (mode === "dirsync") return { state, cursor };
      const client = await dc.adminClient();
      const root = await client.search("", { scope: "base", attributes: ["highestCommittedUSN"] });
      await client.unbind();
      const usn = String(root.searchEntries[0]?.["highestCommittedUSN"]);
      return { state, cursor: { text: JSON.stringify({ ...place, mode, usn }) } };
    }

    test("a person who leaves the base and one who comes into it are told", async () => {
      const [leaver, comer] = [await person(), await person()];
      await world.rename(comer, `comer${++count}`, `OU=Elsewhere,${dc.baseDn}`);
      const { state, cursor } = await begin();
      expect(state.records.has(comer)).toBe(false);
      await world.rename(leaver, `leaver${count}`, `OU=Elsewhere,${dc.baseDn}`);
      await world.rename(comer, `comer${count}`, staff);
      const { changes } = await pollAll(reader, cursor);
      expect(changes).toContainEqual({ type: "absent", kind: "user", id: leaver, evidence: "moved-out" });
      expect(changes).toContainEqual(expect.objectContaining({ type: "present", id: comer }));
      expect(await reader.read("user", leaver, signal())).toEqual([
        { type: "absent", kind: "user", id: leaver, evidence: "moved-out" },
      ]);
    });

    test("an organizational unit that moves takes its people and groups along", async () => {
      const name = `Team ${++count}`;
      const team = await world.add(`OU=${name},${staff}`, { objectClass: "organizationalUnit" });
      const [one, other] = [await person(), await person()];
      await world.rename(one, "one", `OU=${name},${staff}`);
      const group = await world.createGroup(`moving${count}`, [one, other]);
      await world.rename(group, `moving${count}`, `OU=${name},${staff}`);
      const { state, cursor } = await begin();
      await world.rename(team, name, `OU=Elsewhere,${dc.baseDn}`);
      const out = await pollAll(reader, cursor);
      for (const [kind, id] of [
        ["user", one],
        ["group", group],
      ] as const) {
        expect(out.changes).toContainEqual({ type: "absent", kind, id, evidence: "moved-out" });
      }
      await world.rename(team, name, staff);
      const back = await pollAll(reader, out.cursor);
      folded([...out.changes, ...back.changes], state);
      expect(state.records.get(one)?.record["distinguishedName"]).toBe(`CN=one,OU=${name},${staff}`);
      expect(state.members(group)).toEqual([one, other].sort());
      expect(state.snapshot()).toEqual(folded((await pollAll(reader, undefined)).changes).snapshot());
    });

    test("a primary group is told when it changes", async () => {
      const id = await person();
      const guests = await world.idOf(`CN=Domain Guests,CN=Users,${dc.baseDn}`);
      const users = await world.idOf(`CN=Domain Users,CN=Users,${dc.baseDn}`);
      const { state, cursor } = await begin();
      expect(state.memberOf.get(id)).toEqual([users]);
      await world.addMember(guests, id);
      await world.set(id, { primaryGroupID: "514" });
      folded((await pollAll(reader, cursor)).changes, state);
      expect(state.memberOf.get(id)).toEqual([guests]);
    });

    test("a manager is an id, is changed and is cleared", async () => {
      const [boss, next, id] = [await person(), await person(), await person()];
      await world.set(id, { manager: await world.dnOf(boss) });
      const { state, cursor } = await begin();
      expect(state.records.get(id)?.record["manager"]).toBe(boss);
      await world.set(id, { manager: await world.dnOf(next) });
      const second = await pollAll(reader, cursor);
      expect(folded(second.changes, state).records.get(id)?.record["manager"]).toBe(next);
      await world.set(id, { manager: null });
      folded((await pollAll(reader, second.cursor)).changes, state);
      expect(state.records.get(id)?.record).not.toHaveProperty("manager");
    });

    test("a deleted member is told as a tombstone, and its groups say nothing", async () => {
      const id = await person();
      const group = await world.createGroup(`left${++count}`, [id]);
      const { cursor } = await begin();
      await world.deletePerson(id);
      const { changes } = await pollAll(reader, cursor);
      expect(changes).toContainEqual({ type: "absent", kind: "user", id, evidence: "tombstone" });
      expect(changes.filter((change) => change.type === "members" && change.group === group)).toEqual([]);
      expect(await reader.read("user", id, signal())).toEqual([
        { type: "absent", kind: "user", id, evidence: "tombstone" },
      ]);
    });
  });
});
