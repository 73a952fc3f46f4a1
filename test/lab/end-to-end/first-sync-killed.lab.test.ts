import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompany } from "../people.ts";
import { COMPANY_DN, companyLdif } from "../people-ldif.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../samba.ts";
import { expectedState, readIds } from "./expected-state.ts";
import { AD_PASSWORD, directorySection, Installation } from "./installation.ts";
import { type SlowService, startSlowService } from "./slow-service.ts";
import { differences, readService, type TargetState } from "./target-state.ts";

const ROUNDS = 20;
const AT_ONCE = 2;
const company = createCompany({ seed: 5, people: 15, groups: 6, largeGroup: 15 });

/**
 * Kinds of rounds. `settle` is longer than the service takes from a request to its effect, with time to spare on a busy machine.
 * "late": what is in flight at the kill takes effect when the next sync has been at work for a while.
 */
const KINDS = {
  slow: { switches: { uniqueness: false, slowMs: 40, slowAnswerMs: 40 }, settle: "1s" },
  late: { switches: { uniqueness: false, slowMs: 40, slowAnswerMs: 40 }, settle: "4s", lateMs: 2_000 },
  strict: { switches: { uniqueness: true, slowMs: 5, slowAnswerMs: 5 }, settle: "1s" },
} as const;
type Kind = keyof typeof KINDS;

interface Round {
  readonly seed: number;
  readonly kind: Kind;
  readonly killedAfter: number;
  readonly inFlight: number;
  readonly wasKilled: boolean;
  readonly problems: readonly string[];
}

describe("a first sync that is killed", () => {
  let dc: DomainController;
  let account: ServiceAccount;
  let expected: TargetState;

  beforeAll(async () => {
    dc = await startDomainController({ ldif: companyLdif(company) });
    account = await dc.createServiceAccount({ directoryChanges: true, deletedObjects: true });
    expected = expectedState(company, await readIds(dc));
  });

  afterAll(async () => {
    await dc?.stop();
  });

  function siteFor(
    service: SlowService,
    settle: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Installation> {
    const sections = {
      sources: { ad: directorySection(dc, account, { baseDn: COMPANY_DN }) },
      targets: {
        app: {
          type: "scim",
          baseUrl: service.baseUrl,
          token: { env: "APP_TOKEN" },
          settle,
          ...more,
        },
      },
      connections: { staff: { source: "ad", target: "app" } },
    };
    return Installation.create(sections, { [AD_PASSWORD]: account.password, APP_TOKEN: service.token });
  }

  /** How many requests a first sync makes when nobody disturbs it, and which of them is the first that writes. */
  async function undisturbed(): Promise<{ readonly requests: number; readonly firstWrite: number }> {
    const service = await startSlowService(KINDS.slow.switches);
    const site = await siteFor(service, KINDS.slow.settle);
    try {
      const { code, stderr } = await site.sync();
      expect(code, stderr).toBe(0);
      const methods = await service.methods();
      expect(differences(await readService(service), expected)).toEqual([]);
      return { requests: methods.length, firstWrite: methods.findIndex((method) => method !== "GET") + 1 };
    } finally {
      await site.remove();
      await service.stop();
    }
  }

  /** Kills a first sync once so many requests have come, then lets Rollcall finish. */
  async function round(seed: number, killAfter: number): Promise<Round> {
    const kind = (["slow", "slow", "slow", "late", "strict"] as const)[seed % 5] ?? "slow";
    const service = await startSlowService(KINDS[kind].switches);
    const site = await siteFor(service, KINDS[kind].settle);
    try {
      const { child, ended } = site.start("sync", "--json");
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      const come = async (count: number): Promise<void> => {
        while (!isOver && (await service.counts()).requests < count) await pause(4);
      };
      await come(killAfter);
      if (kind === "late") {
        await service.change({ slowMs: KINDS.late.lateMs });
        await come((await service.counts()).requests + 1);
      }
      // Stopped first, so that the service's count is that of the very moment: what is in flight then gets no answer any more.
      child.kill("SIGSTOP");
      const { inFlight } = await service.counts();
      child.kill("SIGKILL");
      const takesEffect = pause(kind === "late" ? KINDS.late.lateMs + 100 : 0);
      await service.change({ slowMs: KINDS[kind].switches.slowMs });
      const { signal } = await ended;
      return {
        ...{ seed, kind, killedAfter: killAfter, inFlight, wasKilled: signal === "SIGKILL" },
        problems: await finish(site, service, takesEffect),
      };
    } finally {
      await site.remove();
      await service.stop();
    }
  }

  /**
   * Runs until there is nothing left to do, twice at most, and compares what the service holds once everything that was in flight has taken
   * effect.
   */
  async function finish(
    site: Installation,
    service: SlowService,
    takesEffect: Promise<unknown>,
  ): Promise<readonly string[]> {
    let last = await site.sync();
    if (last.code !== 0) last = await site.sync();
    await takesEffect;
    const unknown = last.printed.waiting?.["unknown"];
    return [
      ...(last.code === 0 ? [] : [`exit code ${last.code}: ${last.stdout}${last.stderr}`]),
      ...(unknown === 0 ? [] : [`${unknown} unknown`]),
      ...inDoubt(join(site.state, "staff.db")),
      ...differences(await readService(service), expected),
    ];
  }

  test(`${ROUNDS} times at a random moment, it ends with one account a person and the right groups all the same`, {
    timeout: 400_000,
  }, async () => {
    const { requests, firstWrite } = await undisturbed();
    // Squared: half of them while people are created, where a lost answer costs most.
    const moment = (seed: number) => firstWrite + Math.floor(fraction(seed) ** 2 * (requests - firstWrite));
    const firstSeed = Number(process.env["ROLLCALL_KILL_SEED"] ?? Date.now() % 1_000_000_000);
    const seeds = Array.from({ length: ROUNDS }, (_, index) => firstSeed + index);
    console.log(
      `seeds ${firstSeed} to ${firstSeed + ROUNDS - 1}; ROLLCALL_KILL_SEED=${firstSeed} repeats them`,
    );
    const rounds: Round[] = [];
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
        rounds.push(await round(seed, moment(seed)));
    });
    await Promise.all(workers);
    const wrong = rounds.filter((each) => each.problems.length > 0);
    expect(wrong.map((each) => JSON.stringify(each)).slice(0, 5)).toEqual([]);
    const inFlight = rounds.filter((each) => each.wasKilled && each.inFlight > 0).length;
    console.log(
      `${rounds.filter((each) => each.wasKilled).length} of ${ROUNDS} killed, ${inFlight} with requests in flight, after ${firstWrite} to ${requests} requests`,
    );
    expect(inFlight).toBeGreaterThanOrEqual(ROUNDS * 0.8);
  });

  test("what went out long after it was marked is waited for as well", async () => {
    // One request at a time: the last people of a dispatch window go out seconds after the window was written down.
    const service = await startSlowService({ uniqueness: false, slowMs: 10 });
    const site = await siteFor(service, "3s", { concurrency: 1 });
    try {
      const { child, ended } = site.start("sync", "--json");
      while ((await service.counts()).users.length === 0) await pause(4);
      await service.change({ slowMs: 700 });
      while ((await service.counts()).users.length < 6) await pause(4);
      await service.change({ slowMs: 2_000 });
      const { requests } = await service.counts();
      while ((await service.counts()).requests === requests) await pause(4);
      child.kill("SIGKILL");
      const takesEffect = pause(2_100);
      await ended;
      await service.change({ slowMs: 10 });
      expect(await finish(site, service, takesEffect)).toEqual([]);
    } finally {
      await site.remove();
      await service.stop();
    }
  });
});

/** Rows whose last call has no known outcome, read from the file by SQL. */
function inDoubt(file: string): readonly string[] {
  const database = new Database(file, { readonly: true });
  try {
    return ["resource", "membership", "reference"].flatMap((table) => {
      const count = database.prepare(`select count(*) from ${table} where doubt is not null`).pluck().get();
      return count === 0 ? [] : [`${count} rows of ${table} are in doubt`];
    });
  } finally {
    database.close();
  }
}

/** From 0 to 1, the same for the same seed (the finaliser of MurmurHash3). */
function fraction(seed: number): number {
  let mixed = seed >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
