import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, CursorLost } from "../../../src/errors.ts";
import type { LdapDirectory } from "../../stand-ins/ldap-directory.ts";
import { folded, pollAll } from "../fold.ts";
import { Certificates } from "./stand-in.ts";

const signal = (): AbortSignal => AbortSignal.timeout(15_000);

describe("reading a strict domain controller", () => {
  let certificates: Certificates;
  let directory: LdapDirectory;
  let many: readonly string[];

  beforeAll(async () => {
    certificates = await Certificates.create();
  });
  afterAll(() => certificates?.remove());
  beforeEach(async () => {
    directory = await certificates.directory();
    many = Array.from({ length: 25 }, (_, index) => directory.objects.person(`p${index}`));
  });
  afterEach(() => directory.stop());

  const source = (more: Readonly<Record<string, unknown>> = {}) => certificates.source(directory, more);

  describe.each([
    ["DirSync", true],
    ["uSNChanged", false],
  ])("by %s", (_, mayReplicate) => {
    beforeEach(() => {
      directory.rules.mayReplicate = mayReplicate;
      directory.rules.dirSyncRound = 4;
      directory.rules.maxPageSize = 3;
      directory.rules.maxValRange = 5;
    });

    test("everybody and every member comes, in many small answers", async () => {
      const group = directory.objects.group("everyone", many);
      const small = directory.objects.group("few", many.slice(0, 2));
      directory.objects.group("nobody");
      const { changes } = await pollAll(source(), undefined);
      const state = folded(changes);
      expect(many.every((id) => state.records.has(id))).toBe(true);
      expect(state.members(group)).toEqual([...many].sort());
      expect(state.members(small)).toEqual(many.slice(0, 2).sort());
      expect(changes.filter((change) => change.type === "members" && change.last)).toHaveLength(4);
    });

    test("changes spread over several rounds come in one poll", async () => {
      const group = directory.objects.group("some", many.slice(0, 10));
      const reader = source();
      const first = await pollAll(reader, undefined);
      const state = folded(first.changes);
      for (const id of many) directory.objects.set(id, { displayName: `new ${id}` });
      directory.objects.setMember(group, many[0] ?? "", false);
      directory.objects.setMember(group, many[20] ?? "", true);
      directory.objects.remove(many[24] ?? "");
      folded((await pollAll(reader, first.cursor)).changes, state);
      expect(state.snapshot()).toEqual(folded((await pollAll(reader, undefined)).changes).snapshot());
      expect(state.members(group)).toEqual([...many.slice(1, 10), many[20]].sort());
      expect(state.records.get(many[3] ?? "")?.record["displayName"]).toBe(`new ${many[3]}`);
    });

    test("a container that moves takes its people along, out of the base and back", async () => {
      const { root } = directory.objects;
      const inside = `OU=Inside,${root}`;
      directory.objects.add(inside, { objectClass: ["top", "organizationalUnit"] });
      const team = directory.objects.add(`OU=Team,${root}`, { objectClass: ["top", "organizationalUnit"] });
      const attributes = {
        objectClass: ["top", "user"],
        sAMAccountName: "mover",
        userAccountControl: "512",
        primaryGroupID: "513",
      };
      const mover = directory.objects.add(`CN=Mover,OU=Team,${root}`, attributes);
      directory.objects.add(`CN=Stayer,${inside}`, { ...attributes, sAMAccountName: "stayer" });
      const reader = source({ baseDn: `ou=inside, ${root.toLowerCase()}` });
      const first = await pollAll(reader, undefined);
      expect(folded(first.changes).records.size).toBe(1);
      directory.objects.move(team, `OU=Team,${inside}`);
      const second = await pollAll(reader, first.cursor);
      expect(folded(second.changes).records.get(mover)?.record["distinguishedName"]).toBe(
        `CN=Mover,OU=Team,${inside}`,
      );
      directory.objects.move(team, `OU=Squad,${inside}`);
      const third = await pollAll(reader, second.cursor);
      expect(folded(third.changes).records.get(mover)?.record["distinguishedName"]).toBe(
        `CN=Mover,OU=Squad,${inside}`,
      );
      directory.objects.move(team, `OU=Squad,${root}`);
      const fourth = await pollAll(reader, third.cursor);
      expect(fourth.changes).toEqual([{ type: "absent", kind: "user", id: mover, evidence: "moved-out" }]);
    });

    test("a primary group is a membership, and changing it is told", async () => {
      const other = directory.objects.add(
        `CN=Other,CN=Users,${directory.objects.root}`,
        { objectClass: ["top", "group"], sAMAccountName: "Other" },
        2000,
      );
      const reader = source();
      const first = await pollAll(reader, undefined);
      const [id = ""] = many;
      const users = [...folded(first.changes).records].find(
        ([, { record }]) => record["sAMAccountName"] === "Domain Users",
      );
      expect(folded(first.changes).memberOf.get(id)).toEqual([users?.[0]]);
      directory.objects.set(id, { primaryGroupID: "2000" });
      const { changes } = await pollAll(reader, first.cursor);
      expect(changes).toEqual([expect.objectContaining({ kind: "user", id, memberOf: [other] })]);
    });

    test("the cursor of another invocation, domain controller, base or version is lost", async () => {
      const reader = source();
      const { cursor } = await pollAll(reader, undefined);
      const place = JSON.parse(cursor.text);
      for (const change of [
        { invocationId: "x" },
        { dc: "dc2.stand.example" },
        { base: "dc=other" },
        { sid: "S-1-5-21-9" },
        { v: 2 },
      ]) {
        const text = JSON.stringify({ ...place, ...change });
        await expect(pollAll(reader, { text })).rejects.toBeInstanceOf(CursorLost);
      }
      directory.rules.invocationId = "99999999-2222-3333-4444-555555555555";
      await expect(pollAll(reader, cursor)).rejects.toThrow(/restored from a backup/);
    });

    test("a base DN that is not there ends with its name and what there is", async () => {
      const error = await pollAll(source({ baseDn: "OU=Nowhere,DC=stand,DC=example" }), undefined).catch(
        (caught) => caught,
      );
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toContain("OU=Nowhere,DC=stand,DC=example does not exist");
      expect(error.hint).toContain("DC=stand,DC=example | CN=Configuration");
    });

    test("a base with nobody in it is an error and not an empty company", async () => {
      const baseDn = `OU=Empty,${directory.objects.root}`;
      directory.objects.add(baseDn, { objectClass: ["top", "organizationalUnit"] });
      const error = await pollAll(source({ baseDn }), undefined).catch((caught) => caught);
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toMatch(
        /nobody at all below OU=Empty,.*rollcall@stand\.example may not read there/,
      );
    });

    test("people whose account flags cannot be read are not taken for enabled", async () => {
      directory.objects.person("hidden", { userAccountControl: [] });
      await expect(pollAll(source(), undefined)).rejects.toThrow(/may not read userAccountControl/);
    });
  });

  test("the flag of DirSync goes in the four bytes that Windows takes", async () => {
    const { cursor } = await pollAll(source(), undefined);
    expect(JSON.parse(cursor.text).mode).toBe("dirsync");
  });

  test.each([
    [12, "0000202C: Unable to unmarshall cookie"],
    [2, "0000203D: LdapErr: DSID-0C090B9F, comment: Error processing control, data 0"],
    [53, "0000203D: LdapErr: Error processing control"],
    [50, "00002105: LdapErr: DSID-0C0909F4"],
  ])("a cookie refused with code %i is a lost cursor", async (code, diagnostic) => {
    const { cursor } = await pollAll(source(), undefined);
    directory.rules.cookieRefused = { code, diagnostic };
    await expect(pollAll(source(), cursor)).rejects.toBeInstanceOf(CursorLost);
  });

  test("a cookie answered with the whole directory is noticed before anything is told", async () => {
    const reader = source();
    const { cursor } = await pollAll(reader, undefined);
    directory.rules.forgetsCookies = true;
    const told: unknown[] = [];
    const polling = (async () => {
      for await (const page of reader.poll(cursor, signal())) told.push(page);
    })();
    await expect(polling).rejects.toThrow(/with the whole directory/);
    expect(told).toEqual([]);
  });

  test("a right taken away after a full read makes the next one a full read without it", async () => {
    const reader = source();
    const { cursor } = await pollAll(reader, undefined);
    directory.rules.mayReplicate = false;
    await expect(pollAll(reader, cursor)).rejects.toBeInstanceOf(CursorLost);
    expect(JSON.parse((await pollAll(reader, undefined)).cursor.text).mode).toBe("usn");
  });

  test("a domain controller set back to an earlier state loses the cursor", async () => {
    directory.rules.mayReplicate = false;
    const reader = source();
    const { cursor } = await pollAll(reader, undefined);
    directory.objects.usn -= 10;
    await expect(pollAll(reader, cursor)).rejects.toThrow(/set back/);
  });

  test("a new group larger than a range is read to its end", async () => {
    directory.rules.maxValRange = 5;
    const group = directory.objects.group("ranged", many);
    const changes = await source().read("group", group, signal());
    expect(folded([...changes, ...many.map((id) => present(id))]).members(group)).toEqual([...many].sort());
    const ranges = directory.searches.flatMap(({ attributes }) =>
      attributes.filter((name) => name.includes("range=")),
    );
    expect(ranges).toEqual([0, 5, 10, 15, 20].map((from) => `member;range=${from}-*`));
  });

  test("a group that changes while its ranges are read is listed anew, and given up if it never rests", async () => {
    directory.rules.maxValRange = 5;
    const group = directory.objects.group("restless", many);
    const [first = ""] = many;
    let changes = 1;
    directory.faults.meanwhile = ({ attributes }) => {
      // The first member leaves between two ranges: all others move up, and one would be skipped.
      if (!attributes.includes("member;range=10-*") || changes-- <= 0) return;
      directory.objects.setMember(
        group,
        first,
        directory.objects.get(group).members.get(first)?.value === false,
      );
    };
    const read = await source().read("group", group, signal());
    expect(folded([...read, ...many.map((id) => present(id))]).members(group)).toEqual(
      [...many.slice(1)].sort(),
    );
    changes = Number.POSITIVE_INFINITY;
    await expect(source().read("group", group, signal())).rejects.toThrow(/changed all the time/);
  });

  test("the domain controller of the cursor is asked first, whatever the order of the others", async () => {
    const other = await certificates.directory();
    try {
      other.objects.person("else");
      const { cursor } = await pollAll(source(), undefined);
      const reader = certificates.source([other.url, directory.url]);
      expect((await pollAll(reader, cursor)).changes).toEqual([]);
      expect(other.connections).toBe(0);
    } finally {
      await other.stop();
    }
  });

  test("a manager is the manager's id, and a value that is no text is read and logged by name only", async () => {
    const [boss = "", id = ""] = many;
    const warnings: unknown[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (fields: unknown, message: string) => warnings.push([fields, message]),
    };
    const manager = directory.objects.extended(directory.objects.get(boss));
    const bad = Buffer.from([0x61, 0xff, 0x62]);
    directory.objects.set(id, {
      manager,
      displayName: bad,
      givenName: "nul\0byte",
      proxyAddresses: "SMTP:a@b",
    });
    const seen = folded((await pollAll(certificates.source(directory, {}, log), undefined)).changes);
    const record = seen.records.get(id)?.record;
    expect(record).toMatchObject({ manager: boss, displayName: "a\uFFFDb", proxyAddresses: ["SMTP:a@b"] });
    expect(record).not.toHaveProperty("givenName");
    expect(JSON.stringify(warnings)).toContain('{"attribute":"displayName"}');
    expect(JSON.stringify(warnings)).not.toContain("nul");
  });

  test("a reader who is slow holds the server back instead of filling the memory", async () => {
    const long = "x".repeat(4000);
    for (let index = 0; index < 6000; index++) directory.objects.person(`q${index}`, { displayName: long });
    directory.rules.dirSyncRound = 100_000;
    const pages = source({ timeouts: { answer: "60s" } })
      .poll(undefined, AbortSignal.timeout(60_000))
      [Symbol.asyncIterator]();
    let count = (await pages.next()).value?.changes.length;
    let before = -1;
    await expect
      .poll(
        () => {
          const last = before;
          before = directory.unsent;
          return [last, before];
        },
        { interval: 200, timeout: 40_000 },
      )
      .toSatisfy(([last, now]) => last === now && now > 1_000_000);
    for (let next = await pages.next(); next.done !== true; next = await pages.next()) {
      expect(next.value.changes.length).toBeLessThanOrEqual(500);
      count += next.value.changes.length;
    }
    expect(count).toBeGreaterThan(6000);
  }, 60_000);
});

function present(id: string) {
  return { type: "present", kind: "user", id, record: {} } as const;
}
