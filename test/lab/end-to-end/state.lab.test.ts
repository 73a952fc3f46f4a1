import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { createCompany } from "../people.ts";
import { COMPANY_DN, companyLdif } from "../people-ldif.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../samba.ts";
import { expectedState, readIds } from "./expected-state.ts";
import { AD_PASSWORD, directorySection, type Ended, Installation, type Sections } from "./installation.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { differences, readService, type TargetState } from "./target-state.ts";

const company = createCompany({ seed: 9, people: 60, groups: 6, largeGroup: 40 });

describe("a state folder in trouble", () => {
  let dc: DomainController;
  let account: ServiceAccount;
  let expected: TargetState;
  let service: ScimService;
  let site: Installation;

  beforeAll(async () => {
    dc = await startDomainController({ ldif: companyLdif(company) });
    account = await dc.createServiceAccount({ directoryChanges: true, deletedObjects: true });
    expected = expectedState(company, await readIds(dc));
  });

  afterAll(async () => {
    await dc?.stop();
  });

  beforeEach(async () => {
    service = await startScimService();
    site = await Installation.create(sections(), {
      [AD_PASSWORD]: account.password,
      APP_TOKEN: service.token,
    });
  });

  afterEach(async () => {
    await site.remove();
    await service.stop();
  });

  function sections(): Sections {
    const connection = { source: "ad", target: "app", limits: { neverHoldBelow: 1_000 } };
    return {
      sources: { ad: directorySection(dc, account, { baseDn: COMPANY_DN }) },
      targets: { app: { type: "scim", baseUrl: service.baseUrl, token: { env: "APP_TOKEN" }, settle: "1s" } },
      connections: { staff: connection },
    };
  }

  function writes(): number {
    return service.count("POST", "PUT", "PATCH", "DELETE");
  }

  async function isComplete(): Promise<void> {
    const { code, stdout, stderr } = await site.sync();
    expect(code, stdout + stderr).toBe(0);
    expect(differences(await readService(service), expected)).toEqual([]);
  }

  /** The command ends with a sentence, and nothing is written. */
  async function refuses(says: RegExp, ...args: readonly string[]): Promise<void> {
    const before = writes();
    const ended = await site.run("sync", ...args);
    expect(saidBy(ended)).toMatch(says);
    expect(saidBy(ended)).not.toContain("This is a bug");
    expect(ended.code).toBe(2);
    expect(writes() - before).toBe(0);
  }

  test("a disk that gets full: a sentence, no write that is not in the audit trail, and all is made good later", {
    timeout: 240_000,
  }, async () => {
    const disk = await mountSmallDisk(site.state, 6_000_000);
    site.launcher = disk.launcher;
    const said = new Set<string>();
    try {
      // From too little to open the files up to nearly enough for everything.
      for (let free = 60_000; free < 2_000_000; free = Math.ceil(free * 1.2)) {
        await disk.fillUpTo(free);
        const ended = await site.run("sync");
        if (ended.code === 0) break;
        expect(saidBy(ended)).not.toContain("This is a bug");
        expect([1, 2], saidBy(ended)).toContain(ended.code);
        expect(saidBy(ended)).toMatch(/disk|free space/);
        said.add(saidBy(ended));
        await disk.empty();
        expect(await unjournalled(disk.folder)).toEqual([]);
      }
      expect(said.size).toBeGreaterThan(0);
      expect(writes(), "the disk was full in the middle of writing as well").toBeGreaterThan(0);
      await disk.empty();
      await isComplete();
      expect(await unjournalled(disk.folder)).toEqual([]);
    } finally {
      await disk.stop();
    }
  });

  /** Writes that the service was asked for beyond those that the audit trail has an attempt of. */
  async function unjournalled(state: string): Promise<readonly string[]> {
    const sent = writes();
    if (sent === 0) return [];
    // SQLite follows the links of a path, and would leave the disk's own namespace by one.
    const copy = join(site.folder, "copy.db");
    for (const suffix of ["", "-wal"]) {
      await rm(copy + suffix, { force: true });
      if (existsSync(join(state, `staff.db${suffix}`)))
        await cp(join(state, `staff.db${suffix}`), copy + suffix);
    }
    const database = new Database(copy);
    try {
      const attempts = Number(
        database.prepare("select count(*) from audit where event = 'attempt'").pluck().get(),
      );
      return attempts >= sent ? [] : [`${sent} writes, ${attempts} attempts`];
    } finally {
      database.close();
    }
  }

  test.each([
    ["snapshot", "staff.db"],
    ["list of who owns which account", "targets/app.db"],
  ])("a %s that a newer version wrote is refused, and left as it is", async (_what, name) => {
    await isComplete();
    const file = join(site.state, name);
    const database = new Database(file);
    database.pragma("user_version = 99");
    database.close();
    await refuses(/was written by a newer rollcall \(schema 99.* run the newer version/);
    const after = new Database(file, { readonly: true });
    expect(after.pragma("user_version", { simple: true })).toBe(99);
    after.close();
  });

  test("another connection's snapshot is refused", async () => {
    await isComplete();
    const one = sections();
    await site.configure({
      ...one,
      connections: { ...(one["connections"] as object), branch: { source: "ad", target: "app" } },
    });
    await cp(join(site.state, "staff.db"), join(site.state, "branch.db"));
    await refuses(/branch: this snapshot belongs to the connection staff/, "branch");
  });

  test("a snapshot of another target is refused", async () => {
    await isComplete();
    const other = await startScimService();
    try {
      const app = { type: "scim", baseUrl: other.baseUrl, token: { env: "APP_TOKEN" } };
      await site.configure({ ...sections(), targets: { app } });
      await refuses(/staff: this snapshot belongs to the target .*, but the configuration now names /);
      expect(other.count("POST", "PUT", "PATCH", "DELETE")).toBe(0);
    } finally {
      await other.stop();
    }
  });

  test("an older snapshot put back beside newer claims is refused", async () => {
    await isComplete();
    const backup = join(site.folder, "backup.db");
    await cp(join(site.state, "staff.db"), backup);
    await isComplete();
    await restore(backup, join(site.state, "staff.db"));
    await refuses(/staff: this snapshot is older .*restored backup/);
  });

  test("a whole state folder put back: nobody gets a second account, nobody is forgotten", async () => {
    await site.run("plan");
    const backup = join(site.folder, "backup");
    await cp(site.state, backup, { recursive: true });
    await isComplete();
    await rm(site.state, { recursive: true });
    await cp(backup, site.state, { recursive: true });
    const found = await site.sync();
    expect(saidBy(found)).not.toContain("This is a bug");
    for (const { class: held } of found.printed.holds ?? [])
      await site.run("held", "approve", held, "--reason", "restored");
    await isComplete();
  });

  async function restore(from: string, to: string): Promise<void> {
    for (const suffix of ["-wal", "-shm"]) await rm(`${to}${suffix}`, { force: true });
    await cp(from, to);
  }
});

/** Everything on the screen, as if lines had no end. */
function saidBy({ stdout, stderr }: Ended): string {
  return `${stdout} ${stderr}`.replace(/\s+/g, " ");
}
