import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProxy } from "../proxy.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../samba.ts";
import { type RunningService, startBetterAuth, startScimmy } from "../scim-services.ts";
import { Crew } from "./crew.ts";
import { AD_PASSWORD, directorySection, Installation } from "./installation.ts";
import { readService } from "./target-state.ts";

/** Of all lives together. */
const KILLS = Number(process.env["ROLLCALL_KILLS"] ?? (process.env["CI"] === "true" ? 200 : 60));
const BETWEEN_LOOKS = 10;

/** Lives that go on at the same time: each has people, a state folder and a SCIM service of its own. */
const LIVES = [
  { name: "ada", start: startScimmy },
  { name: "bob", start: startBetterAuth },
  { name: "cyd", start: startScimmy },
  { name: "dee", start: startBetterAuth },
] as const;

interface Life {
  readonly killed: number;
  readonly leftInDoubt: number;
  readonly problems: readonly string[];
}

describe("syncs that are killed while the directory goes on changing", () => {
  let dc: DomainController;
  let account: ServiceAccount;
  const firstSeed = Number(process.env["ROLLCALL_KILL_SEED"] ?? Date.now() % 1_000_000_000);

  beforeAll(async () => {
    dc = await startDomainController();
    account = await dc.createServiceAccount({ directoryChanges: true, deletedObjects: true });
  });

  afterAll(async () => {
    await dc?.stop();
  });

  function siteFor(service: RunningService, baseUrl: string, baseDn: string): Promise<Installation> {
    const sections = {
      sources: { ad: directorySection(dc, account, { baseDn }) },
      targets: { app: { type: "scim", baseUrl, token: { env: "APP_TOKEN" }, settle: "1s" } },
      connections: { staff: { source: "ad", target: "app", limits: { neverHoldBelow: 10_000 } } },
    };
    return Installation.create(sections, { [AD_PASSWORD]: account.password, APP_TOKEN: service.token });
  }

  /** Lives through so many kills, and looks at the target after every few of them. */
  async function life({ name, start }: (typeof LIVES)[number], kills: number, seed: number): Promise<Life> {
    const random = numbers(seed);
    const service = await start();
    const address = new URL(service.baseUrl);
    const proxy = await startProxy({ host: address.hostname, port: Number(address.port) });
    const through = new URL(service.baseUrl);
    through.port = String(proxy.port);
    const client = await dc.adminClient();
    const problems: string[] = [];
    const counted = { killed: 0, leftInDoubt: 0 };
    let site: Installation | undefined;
    try {
      const crew = await Crew.hire(client, name, dc.baseDn, random);
      site = await siteFor(service, through.href.replace(/\/$/, ""), crew.baseDn);
      const file = join(site.state, "staff.db");
      for (let done = 1; done <= kills; done++) {
        await crew.live();
        const { child, ended } = site.start("sync", "--json");
        let isOver = false;
        void ended.then(() => {
          isOver = true;
        });
        const before = proxy.bytesToServer;
        while (!isOver && proxy.bytesToServer === before) await pause(2);
        // Most of what can go wrong happens in the first moments, and after the wait for calls without an answer.
        await pause(random() < 0.5 ? random() * 150 : random() * 1_500);
        child.kill("SIGKILL");
        if ((await ended).signal === "SIGKILL") counted.killed++;
        if (inDoubt(file) > 0) counted.leftInDoubt++;
        if (done % BETWEEN_LOOKS !== 0 && done !== kills) continue;
        let last = await site.sync();
        for (let again = 0; again < 3 && last.code !== 0; again++) {
          // Half of a dozen people at once is held, as it should be.
          for (const { class: held } of last.printed.holds ?? [])
            await site.run("held", "approve", held, "--reason", "they did leave");
          last = await site.sync();
        }
        const found = [
          ...(last.code === 0 ? [] : [`exit code ${last.code}: ${last.stdout}${last.stderr}`]),
          ...(inDoubt(file) === 0 ? [] : [`${inDoubt(file)} rows are in doubt`]),
          ...crew.problemsAt(await readService(service)),
        ];
        problems.push(...found.map((problem) => `${name}, after ${done} kills: ${problem}`));
      }
      return { ...counted, problems };
    } finally {
      await site?.remove();
      await client.unbind();
      await proxy.stop();
      await service.stop();
    }
  }

  test(`after ${KILLS} kills at random moments everybody has one account and the right groups, and nothing is in doubt`, {
    timeout: 600_000,
  }, async () => {
    console.log(`seed ${firstSeed}; ROLLCALL_KILL_SEED=${firstSeed} repeats the changes and the delays`);
    const each = Math.ceil(KILLS / LIVES.length);
    const lives = await Promise.all(LIVES.map((one, index) => life(one, each, firstSeed + index)));
    const sum = (of: (one: Life) => number) => lives.reduce((total, one) => total + of(one), 0);
    const killed = sum((one) => one.killed);
    const leftInDoubt = sum((one) => one.leftInDoubt);
    console.log(
      `${killed} of ${each * LIVES.length} were killed before the end, ${leftInDoubt} left rows in doubt`,
    );
    expect(lives.flatMap(({ problems }) => problems)).toEqual([]);
    expect(killed).toBeGreaterThanOrEqual(KILLS / 2);
    expect(leftInDoubt).toBeGreaterThanOrEqual(KILLS / 10);
  });
});

/** Rows whose last call has no known outcome, read from the file by SQL. */
function inDoubt(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    const tables = ["resource", "membership", "reference"];
    const count = (table: string) =>
      Number(database.prepare(`select count(*) from ${table} where doubt is not null`).pluck().get());
    return tables.reduce((sum, table) => sum + count(table), 0);
  } finally {
    database.close();
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
