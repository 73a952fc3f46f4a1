import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationError } from "../../../src/errors.ts";
import type { Finding } from "../../../src/scim/api.ts";
import type { LdapDirectory } from "../../stand-ins/ldap-directory.ts";
import { pollAll } from "../fold.ts";
import { Certificates } from "./stand-in.ts";

const signal = (): AbortSignal => AbortSignal.timeout(15_000);

describe("test connection", () => {
  let certificates: Certificates;
  let directory: LdapDirectory;
  const more: LdapDirectory[] = [];

  beforeAll(async () => {
    certificates = await Certificates.create();
  });
  afterAll(() => certificates?.remove());
  beforeEach(async () => {
    directory = await certificates.directory({ days: 90 });
    directory.objects.person("ann");
  });
  afterEach(async () => {
    for (const one of [directory, ...more.splice(0)]) await one.stop();
  });

  const check = (findings: readonly Finding[], name: string) =>
    findings.filter((one) => one.check.includes(name));

  test("says which domain controller answered, as whom, and what may be read", async () => {
    const findings = await certificates.source(directory).probe(signal());
    expect(check(findings, "domain controller")[0]?.message).toMatch(
      /is dc1\.stand\.example \(Windows\); logged in as rollcall@/,
    );
    expect(check(findings, "certificate")[0]).toMatchObject({
      ok: true,
      message: expect.stringContaining("dc1.stand.example"),
    });
    expect(check(findings, "reading people")[0]).toMatchObject({
      ok: true,
      message: expect.stringMatching(/^1 account is visible/),
    });
    expect(check(findings, "Replicating")[0]?.ok).toBe(true);
    expect(findings.every(({ ok }) => ok !== false)).toBe(true);
  });

  test("warns of a certificate that ends soon and of a clock that is wrong", async () => {
    const soon = await certificates.directory({ names: ["127.0.0.1"], days: 29 });
    soon.objects.person("ann");
    more.push(soon);
    const findings = await certificates.source(soon).probe(signal());
    expect(check(findings, "certificate")[0]).toMatchObject({
      ok: "warning",
      message: expect.stringMatching(/valid until \d{4}-\d\d-\d\d \(2[89] days\)$/),
    });
    expect(check(findings, "clock")[0]?.ok).toBe("warning");
  });

  test("a secret that is not there is a wrong configuration under its name in the file, and no finding", async () => {
    const source = certificates.source(directory, { bindPassword: { env: "ROLLCALL_TEST_NOT_SET" } });
    const error = await source.probe(signal()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^sources\.ad\.bindPassword: /) });
  });

  test("goes on to the other domain controllers, but not after a refused login", async () => {
    const findings = await certificates.source(["ldaps://127.0.0.1:9", directory.url]).probe(signal());
    expect(check(findings, "domain controller").map(({ ok }) => ok)).toEqual([false, true]);
    directory.faults.bind = {
      code: 49,
      diagnostic: "80090308: AcceptSecurityContext error, data 775, v3839",
    };
    const other = await certificates.directory();
    more.push(other);
    const refused = await certificates.source([directory.url, other.url]).probe(signal());
    expect(refused).toEqual([
      expect.objectContaining({
        ok: false,
        refused: true,
        check: "login",
        message: expect.stringMatching(/locked/),
      }),
    ]);
    expect(other.connections).toBe(0);
  });

  test("says that nobody can be seen, or nobody's account flags", async () => {
    const baseDn = `OU=Empty,${directory.objects.root}`;
    directory.objects.add(baseDn, { objectClass: ["top", "organizationalUnit"] });
    const empty = await certificates.source(directory, { baseDn }).probe(signal());
    expect(check(empty, "reading people")[0]).toMatchObject({
      ok: false,
      message: expect.stringMatching(/nobody at all/),
    });
    directory.objects.person("hidden", { userAccountControl: [] });
    const hidden = await certificates.source(directory).probe(signal());
    expect(check(hidden, "reading people")[0]).toMatchObject({
      ok: false,
      message: expect.stringMatching(/userAccountControl of 1 of 2/),
    });
  });

  test("changes nothing and leaves no connection behind", async () => {
    await certificates.source(directory).probe(signal());
    await expect.poll(() => directory.unsent + directory.openConnections).toBe(0);
  });

  test("domain controllers of two domains are not one source", async () => {
    const other = await certificates.directory();
    other.objects.person("eve");
    other.objects.sid = "S-1-5-21-9-9-9";
    more.push(other);
    const source = certificates.source([directory.url, other.url]);
    const { cursor } = await pollAll(source, undefined);
    directory.faults.bind = { code: 52, diagnostic: "unavailable" };
    await expect(pollAll(source, cursor)).rejects.toThrow(/another domain/);
  });
});
