import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, CursorLost, TransientError } from "../../../src/errors.ts";
import type { Finding } from "../../../src/scim/api.ts";
import { definition } from "../../../src/sources/active-directory/index.ts";
import { guidBytes } from "../../../src/sources/active-directory/read/guid.ts";
import type { Cursor, Source } from "../../../src/sources/source.ts";
import { startProxy } from "../../lab/proxy.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../../lab/samba.ts";
import { type Fold, folded, pollAll } from "../fold.ts";
import { SambaWorld, type SourceOptions, sourceOn } from "./samba-world.ts";

const signal = (): AbortSignal => AbortSignal.timeout(60_000);

describe("Active Directory on a Samba domain controller", () => {
  let dc: DomainController;
  let world: SambaWorld;
  let staff: string;
  let ordinary: ServiceAccount;
  let replicator: ServiceAccount;
  const open: Source[] = [];
  let count = 0;

  beforeAll(async () => {
    dc = await startDomainController();
    staff = `OU=Staff\\, all,${dc.baseDn}`;
    await dc.ldapmodify(
      [`dn: ${staff}`, `dn: OU=Elsewhere,${dc.baseDn}`, `dn: OU=Blind,${dc.baseDn}`]
        .map((dn) => `${dn}\nobjectClass: organizationalUnit\n`)
        .join("\n"),
    );
    ordinary = await dc.createServiceAccount();
    replicator = await dc.createServiceAccount({ directoryChanges: true });
  });

  afterAll(async () => {
    for (const source of open) await source.close();
    await world?.close();
    await dc?.stop();
  });

  beforeEach(async () => {
    world ??= new SambaWorld(dc, await dc.adminClient(), { baseDn: staff });
  });

  function source(options: SourceOptions = {}): Source {
    const one = sourceOn(dc, { baseDn: staff, ...options });
    open.push(one);
    return one;
  }

  const person = () => world.createPerson({ login: `staff${++count}`, displayName: `Staff ${count}` });

  async function settled(reader: Source): Promise<{ state: Fold; cursor: Cursor }> {
    await person();
    const { changes, cursor } = await pollAll(reader, undefined);
    return { state: folded(changes), cursor };
  }

  test("an account without the right follows by uSNChanged and test connection says how to grant it", async () => {
    const reader = source({ bindDn: ordinary.dn, password: ordinary.password });
    const { cursor } = await settled(reader);
    expect(JSON.parse(cursor.text).mode).toBe("usn");
    const findings = await reader.probe(signal());
    const right = findings.find(({ check }) => check.includes("Replicating Directory Changes"));
    expect(right).toMatchObject({ ok: "warning", hint: expect.stringContaining(`dsacls "${dc.baseDn}"`) });
    expect(right?.message).toContain("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2");
    expect(findings.find(({ check }) => check.includes("Deleted Objects"))?.ok).toBe("warning");
    expect(findings.filter(({ ok }) => ok === false)).toEqual([]);
  });

  test("an account with the right uses DirSync, and Samba shows it deletions once it may read Deleted Objects", async () => {
    const reader = source({ bindDn: replicator.dn, password: replicator.password });
    const [first, second] = [await person(), await person()];
    const { cursor } = await settled(reader);
    expect(JSON.parse(cursor.text).mode).toBe("dirsync");
    await world.deletePerson(first);
    expect((await pollAll(reader, cursor)).changes).toEqual([]);
    const check = (found: readonly Finding[], name: string) =>
      found.find((one) => one.check.includes(name))?.ok;
    const before = await reader.probe(signal());
    expect([check(before, "Replicating"), check(before, "Deleted Objects")]).toEqual([true, "warning"]);
    await dc.grantDeletedObjects(replicator.dn);
    await world.deletePerson(second);
    const { changes } = await pollAll(reader, cursor);
    for (const id of [first, second]) {
      expect(changes).toContainEqual({ type: "absent", kind: "user", id, evidence: "tombstone" });
    }
    expect(check(await reader.probe(signal()), "Deleted Objects")).toBe(true);
  });

  test("a cookie that is garbage is a lost cursor", async () => {
    const reader = source();
    const { cursor } = await settled(reader);
    const place = JSON.parse(cursor.text);
    const user = Buffer.from("no cookie at all").toString("base64");
    const text = JSON.stringify({ ...place, cookies: { container: user, group: user, user } });
    await expect(pollAll(reader, { text })).rejects.toBeInstanceOf(CursorLost);
  });

  test("a cookie of another database is answered with everything, and that is noticed", async () => {
    const reader = source();
    const { cursor } = await settled(reader);
    const place = JSON.parse(cursor.text);
    const own = guidBytes(place.invocationId)?.toString("latin1") ?? "";
    const foreign = (cookie: string): string => {
      const bytes = Buffer.from(cookie, "base64").toString("latin1").replaceAll(own, "x".repeat(16));
      return Buffer.from(bytes, "latin1").toString("base64");
    };
    const { container, group, user } = place.cookies;
    const cookies = { container: foreign(container), group: foreign(group), user: foreign(user) };
    expect(cookies).not.toEqual(place.cookies);
    const polling = pollAll(reader, { text: JSON.stringify({ ...place, cookies }) });
    await expect(polling).rejects.toThrow(/with the whole directory/);
  });

  test("a domain controller that comes back after a restart takes its cursor", async () => {
    const reader = source();
    const { cursor } = await settled(reader);
    await dc.restart();
    await world.close();
    world = new SambaWorld(dc, await dc.adminClient(), { baseDn: staff });
    const id = await person();
    const { changes } = await pollAll(reader, cursor);
    expect(changes).toEqual([expect.objectContaining({ type: "present", id })]);
  });

  test("reads over StartTLS", async () => {
    const { state } = await settled(source({ url: dc.startTlsUrl }));
    expect(state.records.size).toBeGreaterThan(0);
  });

  test("a wrong password, a certificate for another host and a base that is not there each say so", async () => {
    const wrong = pollAll(source({ password: "wrong" }), undefined);
    await expect(wrong).rejects.toBeInstanceOf(CredentialsRefused);
    await expect(wrong).rejects.toThrow(/password or the name is wrong/);
    const other = pollAll(source({ more: { serverName: "dc2.lab.example" } }), undefined);
    await expect(other).rejects.toThrow(
      /certificate is for dc1\.lab\.example, .*, not for dc2\.lab\.example/,
    );
    await expect(other).rejects.toBeInstanceOf(ConnectionError);
    const nowhere = pollAll(source({ baseDn: `OU=Nowhere,${dc.baseDn}` }), undefined);
    await expect(nowhere).rejects.toThrow(/OU=Nowhere,DC=lab,DC=example does not exist/);
  });

  test("an account that may see nothing is an error and not an empty company", async () => {
    const blind = await dc.createServiceAccount({ blind: true });
    const baseDn = `OU=Blind,${dc.baseDn}`;
    await world.add(`CN=Unseen,${baseDn}`, { objectClass: "user", sAMAccountName: "unseen" });
    for (const base of [baseDn, dc.baseDn]) {
      const reader = source({ bindDn: blind.dn, password: blind.password, baseDn: base });
      await expect(pollAll(reader, undefined)).rejects.toBeInstanceOf(ConnectionError);
      const findings = await reader.probe(signal());
      expect(findings.some(({ ok }) => ok === false)).toBe(true);
    }
  });

  test("a connection cut anywhere in a read is never a shorter read", async () => {
    await person();
    const proxy = await startProxy({ host: dc.host, port: 636 });
    try {
      const reader = source({ url: `ldaps://${proxy.host}:${proxy.port}` });
      await pollAll(reader, undefined);
      const whole = proxy.bytesToClient;
      for (let part = 1; part <= 8; part++) {
        await proxy.heal();
        proxy.cutAfter(Math.floor((whole * part) / 9));
        await expect(pollAll(reader, undefined)).rejects.toBeInstanceOf(TransientError);
      }
      await proxy.heal();
      expect((await pollAll(reader, undefined)).cursor).toBeDefined();
    } finally {
      await proxy.stop();
    }
  });

  test("what Windows itself needs is told apart, and so is who may log in", async () => {
    const reader = source({ baseDn: dc.baseDn });
    const [off, expired] = [await person(), await person()];
    await world.disablePerson(off);
    await world.set(expired, { accountExpires: "132539328000000000" });
    const state = folded((await pollAll(reader, undefined)).changes);
    const viewOf = (name: string) => {
      const [, found] = [...state.records].find(([, { record }]) => record["sAMAccountName"] === name) ?? [];
      return definition.view(found?.kind ?? "user", found?.record ?? {}, Date.now());
    };
    for (const name of ["krbtgt", "Guest", "Administrator", "Domain Users", "Administrators"]) {
      expect(viewOf(name).excluded?.key, name).toBe("criticalSystemObjects");
    }
    expect(viewOf("DC1$").excluded).toBeDefined();
    const seen = (id: string) => definition.view("user", state.records.get(id)?.record ?? {}, Date.now());
    expect(seen(off)).toMatchObject({
      disabled: "disabled in the directory",
      attributes: { accountEnabled: false },
    });
    expect(seen(expired)).toMatchObject({
      disabled: "account expired on 2021-01-01",
      attributes: { accountEnabled: false, accountExpires: expect.stringMatching(/^2021-01-01T/) },
    });
    expect(seen(off).excluded).toBeUndefined();
  });

  test("people and groups are found by every name that an admin may use", async () => {
    const id = await world.createPerson({
      login: "finder",
      displayName: "Find Er",
      mail: "find.er@lab.example",
    });
    await world.set(id, { userPrincipalName: "finder@lab.example" });
    const reader = source();
    for (const key of [
      "finder",
      "FINDER",
      "LAB\\finder",
      "finder@lab.example",
      "find.er@lab.example",
      id,
      `{${id}}`,
      await world.dnOf(id),
    ]) {
      expect(await reader.find("user", key, signal()), key).toEqual([id]);
    }
    const group = await world.createGroup("Findable Group", [id]);
    expect(await reader.find("group", "findable group", signal())).toEqual([group]);
    expect(await reader.find("user", "Administrator", signal())).toEqual([]);
  });
});
