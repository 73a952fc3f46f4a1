import { describe, expect, test, vi } from "vitest";
import { domain, enrol, hire, organisation, register, tenant } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const PASSING = "nothing is lost: the next sync goes on where the last good one ended";

describe("what a directory did not answer is not what it holds", () => {
  test("glpi-project/glpi#984: a search that failed was read as nobody found, and 512 people were disabled", async () => {
    await using company = await domain();
    const { directory } = company;
    directory.rules.mayReplicate = false;
    const [left = ""] = hire(directory, 512);
    await company.goodSync();
    directory.objects.set(left, { userAccountControl: "514" });
    // operationsError, unavailable (RFC 4511 4.1.9)
    for (const code of [1, 52]) {
      directory.faults.stop = { code, entries: 0 };
      for (const options of [[], ["--full"]]) {
        const ended = await company.wrongSync(...options);
        expect(ended.code, ended.screen).toBe(1);
        expect(ended.said).toMatch(/problem .+ Failed after [^;]+; nothing was written\./);
      }
    }
    delete directory.faults.stop;
    expect(await company.goodSync()).toEqual(["PATCH Users"]);
    expect(company.active()).toHaveLength(511);
  });

  test("opnsense/core#10128: the VPN was down during the clean-up, and all 43 users were deleted without an alert", async () => {
    await using company = await domain();
    const { directory } = company;
    const [left = "", ...others] = hire(directory, 43);
    directory.objects.group("vpn-users", others);
    await company.goodSync();
    directory.objects.remove(left);

    company.configure({}, { url: "ldaps://127.0.0.1:9" });
    const refused = await company.wrongSync("--full");
    expect(refused.code).toBe(1);
    expect(refused.said).toContain("ldaps://127.0.0.1:9 cannot be reached: nobody listens there");

    company.configure();
    directory.faults.silent = true;
    const silent = await company.wrongSync("--full");
    expect(silent.code).toBe(1);
    expect(silent.said).toContain("127.0.0.1 did not answer for 1 s");
    expect(silent.said).toContain(PASSING);

    directory.faults.silent = false;
    directory.faults.dropAfter = 20;
    expect((await company.wrongSync("--full")).code).toBe(1);

    delete directory.faults.dropAfter;
    expect(await company.goodSync()).toEqual(["PATCH Users", "PATCH Groups"]);
    expect(company.active()).toHaveLength(42);
    expect(company.members("vpn-users")).toHaveLength(42);
  });

  test.each([
    ["DirSync", true],
    ["uSNChanged", false],
  ])(
    "mfreiholz/iF.SVNAdmin#33: a result that ended at the size limit was taken for all, and the groups were removed (%s)",
    async (_, mayReplicate) => {
      await using company = await domain();
      const { directory } = company;
      directory.rules.mayReplicate = mayReplicate;
      const people = hire(directory, 30);
      for (let at = 0; at < 30; at++) directory.objects.group(`repository${at}`, people);
      await company.goodSync();
      const gone = directory.objects.group("one more", people);
      // sizeLimitExceeded, timeLimitExceeded, adminLimitExceeded (RFC 4511 4.1.9)
      for (const code of [4, 3, 11]) {
        directory.faults.stop = { code, entries: 12 };
        const ended = await company.wrongSync("--full");
        expect(ended.code, ended.screen).toBe(1);
        expect(ended.said).toMatch(/limit/);
      }
      delete directory.faults.stop;
      expect(await company.goodSync()).toEqual(["POST Groups", "PATCH Groups"]);
      directory.objects.remove(gone);
      await company.goodSync();
      expect(company.service.store.all("Groups")).toHaveLength(32);
      expect(company.members("repository7")).toHaveLength(30);
    },
  );

  test("keycloak/keycloak#20177: the bind password was changed and mended, and everybody came back as somebody new", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 25);
    directory.objects.group("project", people);
    await company.goodSync();
    const before = company.held();
    const diagnostic =
      "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v4563";
    directory.faults.bind = { code: 49, diagnostic };
    for (const options of [[], ["--full"]]) {
      const ended = await company.wrongSync(...options);
      expect(ended.code).toBe(5);
      expect(ended.said).toContain("quarantine the connection is in quarantine");
      expect(ended.said).toMatch(/refuses the (login|password|bind)|password/);
    }
    delete directory.faults.bind;
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.held()).toEqual(before);
  });
});

describe("a page that is missing fails the whole read", () => {
  test('goauthentik/authentik#25572: a page was dropped and the sync reported success, beside "delete what is not found"', async () => {
    await using company = await tenant();
    const { directory } = company;
    directory.switches.deltaPageSize = 40;
    const [left = ""] = enrol(directory, 120);
    await company.goodSync();
    directory.disable(left);
    const path = /^\/users\/delta/;
    directory.faults.push({ path, after: 1, times: 10, how: { type: "status", status: 503 } });
    const failed = await company.wrongSync("--full");
    expect(failed.code).toBe(1);
    expect(failed.said).toContain("cannot answer for the moment (503 ServiceUnavailable)");

    // The page comes, but without anybody on it: each of the 40 is asked for by id, and is there.
    directory.faults.splice(0, 10, { path, after: 1, how: { type: "emptied" } });
    expect(await company.goodSync("--full")).toEqual(["PATCH Users"]);
    expect(company.active()).toHaveLength(119);
  });

  test('microsoft/o365-moodle#2535: every second sync swallowed an error of the tokens and ended with "no users received"', async () => {
    await using company = await tenant();
    const { directory } = company;
    const people = enrol(directory, 60);
    directory.createGroup({ displayName: "course" }, people);
    await company.goodSync();
    for (const [at, answer] of (["400 syncStateNotFound", "410 with Location"] as const).entries()) {
      directory.faults.push({ path: /^\/users\/delta\?.*deltatoken/, how: { type: "expired", answer } });
      directory.updateUser(people[at] ?? "", { jobTitle: "Tutor" });
      const ended = await company.sync();
      expect(ended.code, ended.screen).toBe(0);
      expect(ended.said).toContain("reading everything: Microsoft Graph no longer takes our place");
      expect(company.account(`p${at}`)).toMatchObject({ title: "Tutor", active: true });
      expect(await company.goodSync()).toEqual([]);
    }
    expect(company.active()).toHaveLength(60);
    expect(company.members("course")).toHaveLength(60);
  });

  test("awslabs/ssosync#236: members were removed from many random groups, and put back by the next run", async () => {
    await using company = await organisation();
    const { directory } = company;
    directory.circumstances.mostOnPage = 10;
    const people = register(directory, 30);
    const names = Array.from({ length: 8 }, (_, at) => `team${at}`);
    for (const name of names) {
      const group = directory.groups.create(name);
      for (const id of people) directory.groups.add(group, id);
    }
    await company.goodSync();
    const path = "/groups/[^/]+/users";
    directory.faults.push({ path, after: 3, how: "answer", status: 500, times: 20, body: "{}" });
    expect((await company.wrongSync("--full")).code).toBe(1);
    directory.faults.splice(0);

    // Pages that end too early, without an error: nothing shows that they are not whole, and the guards hold what they seem to say.
    directory.faults.push({ path, times: 5, how: "last page" });
    const lied = await company.wrongSync("--full");
    expect(lied.code).toBe(3);
    expect(lied.said).toMatch(/100 of 240 memberships would be removed/);
    directory.faults.splice(0);
    expect(await company.goodSync("--full")).toEqual([]);
    for (const name of names) expect(company.members(name)).toHaveLength(30);
  });
});
