/** Builds small worlds for tests: a directory that is a few maps, the real store, the real embedded target behind a recorder that can fail. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Clock } from "../src/clock.ts";
import type {
  Assignment,
  Canary,
  ConnectionConfig,
  Limits,
  Policy,
  Protect,
  Retry,
} from "../src/config/config.ts";
import { type Connection, connectionOf, type Surroundings } from "../src/connection.ts";
import { type CycleRequest, cycle } from "../src/cycle.ts";
import { silent } from "../src/log.ts";
import { compileMapping } from "../src/mapping/compile.ts";
import type { Capabilities, GroupApi, ResourceApi, ScimApi } from "../src/scim/api.ts";
import type { Kind, StoredResource } from "../src/scim/resource.ts";
import { Store } from "../src/store/store.ts";
import { type PlanItem, plan } from "../src/sync/plan.ts";
import type { Report } from "../src/sync/report.ts";
import { definition as embedded } from "../src/targets/embedded/index.ts";
import { directoryDefinition, TestDirectory } from "./directory.ts";

export class TestClock implements Clock {
  time = Date.UTC(2026, 10, 1, 8);

  now(): number {
    this.time += 1;
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.time += ms;
  }

  pass(ms: number): void {
    this.time += ms;
  }
}

/** One call to the target, as the recorder saw it. */
export interface Call {
  readonly kind: Kind;
  readonly method:
    | "create"
    | "get"
    | "find"
    | "list"
    | "count"
    | "replace"
    | "patch"
    | "delete"
    | "members"
    | "changeMembers";
  readonly id: string;
}

const writes: ReadonlySet<string> = new Set(["create", "replace", "patch", "delete", "changeMembers"]);

export interface WorldOptions {
  readonly policy?: Partial<Policy>;
  readonly limits?: Partial<Limits>;
  readonly retry?: Partial<Retry>;
  readonly protect?: Partial<Protect>;
  readonly privilegedGroups?: readonly string[];
  readonly canary?: Canary;
  readonly scope?: {
    readonly users?: string;
    readonly groups?: string;
    readonly include?: readonly string[];
    readonly assigned?: Assignment;
  };
  readonly pilot?: ConnectionConfig["pilot"];
  readonly mapping?: string;
  readonly mode?: "sync" | "dry-run";
  /** Default: only when a test asks for it. */
  readonly reconcileEveryMs?: number;
  readonly settleMs?: number;
  /** What the target can do differently from the embedded one. */
  readonly capabilities?: Partial<Capabilities>;
  /** Another connection than "staff", into the same target. */
  readonly connection?: string;
  /** Another target than the embedded directory, opened anew for each run. */
  readonly target?: (clock: Clock) => Promise<ScimApi>;
}

const policy: Policy = {
  existingAccounts: "review",
  newUsers: "active",
  whenDisabled: "deactivate",
  whenOutOfScope: "deactivate",
  whenDeleted: "deactivate",
  deleteAfterMs: undefined,
  rewriteExternalId: false,
  groups: { push: true, nested: "flatten", removed: "keep" },
};

const limits: Limits = {
  deactivations: 0.05,
  deletions: 0.05,
  memberRemovals: 0.1,
  identifierChanges: 0.05,
  clearedValues: 0.1,
  creations: 0.5,
  neverHoldBelow: 10,
  windowMs: 24 * 3_600_000,
};

const hour = 3_600_000;
const retry: Retry = { waitsMs: [6 * hour, 12 * hour, 24 * hour], giveUpAfterMs: 28 * 24 * hour };

const defaultMapping = `
users:
  match: [externalId, userName]
  attributes:
    userName: user.login
    externalId: user.id
    displayName: user.name
    title: user.title
    'emails[type eq "work"].value': user.mail
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager': user.manager
    active: user.enabled
groups:
  match: [externalId, displayName]
  attributes:
    displayName: group.name
    externalId: group.id
`;

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-world-"));
  readonly clock = new TestClock();
  readonly directory = new TestDirectory();
  readonly calls: Call[] = [];
  /** Throws in place of a call, or after it took effect: what a test makes go wrong. */
  before: (call: Call) => void = () => {};
  after: (call: Call) => void = () => {};
  options: WorldOptions;
  #open: { readonly store: Store; readonly target: ScimApi } | undefined;

  constructor(options: WorldOptions = {}) {
    this.options = options;
  }

  async sync(request: Partial<CycleRequest> = {}): Promise<Report> {
    const connection = await this.open();
    try {
      return await cycle(connection, { purpose: "sync", trigger: "on demand", ...request });
    } finally {
      await connection.close();
    }
  }

  /** A plan cycle and what it lists. */
  async plan(
    request: Partial<CycleRequest> = {},
  ): Promise<{ readonly report: Report; readonly items: readonly PlanItem[] }> {
    const connection = await this.open();
    try {
      const report = await cycle(connection, { purpose: "plan", trigger: "on demand", ...request });
      const work = {
        store: connection.store,
        mapping: connection.mapping,
        config: connection.config,
        target: connection.target,
        clock: this.clock,
      };
      return { report, items: [...plan(work, { touchedUpTo: report.run })] };
    } finally {
      await connection.close();
    }
  }

  /** What would be done without the pilot, as of the last cycle. */
  async planOutside(): Promise<readonly PlanItem[]> {
    const connection = await this.open();
    try {
      return [
        ...plan(
          { ...connection, clock: this.clock },
          { touchedUpTo: Number.MAX_SAFE_INTEGER, outside: true },
        ),
      ];
    } finally {
      await connection.close();
    }
  }

  async open(): Promise<Connection> {
    const store = this.store();
    const target = await this.target();
    const config = this.config();
    const mapping = await compileMapping({
      definition: directoryDefinition,
      mapping: { file: "mapping.yaml", text: this.options.mapping ?? defaultMapping },
      scope: config.scope,
    });
    this.#open = { store, target };
    const around: Surroundings = {
      clock: this.clock,
      log: silent,
      signal: new AbortController().signal,
      abort: new AbortController().signal,
      progress: () => {},
    };
    const parts = { config, mapping, store, source: this.directory.source(), target: this.#recorded(target) };
    return connectionOf(parts, directoryDefinition.view, { digest: "test" }, around, async () => {
      store.close();
      await target.close();
    });
  }

  /** The process dies here: the files are let go of as they are, and nothing after this is written down. */
  die(): never {
    this.#open?.store.close();
    throw new Error("the process died");
  }

  store(): Store {
    return Store.open({
      folder: this.folder,
      connection: this.options.connection ?? "staff",
      target: "directory",
      clock: this.clock,
      create: true,
    });
  }

  /** The target itself, without recorder and faults. Close it. */
  target(): Promise<ScimApi> {
    if (this.options.target !== undefined) return this.options.target(this.clock);
    return embedded.open(
      {},
      { name: "directory", folder: join(this.folder, "targets"), log: silent, clock: this.clock },
    );
  }

  /** What the target holds now, by userName or displayName. */
  async users(): Promise<ReadonlyMap<string, StoredResource>> {
    return this.#all("user");
  }

  /** Group name -> user names of its members, sorted. */
  async groups(): Promise<Record<string, string[]>> {
    const target = await this.target();
    const names = new Map([...(await this.users())].map(([name, user]) => [user.id, name]));
    const found: Record<string, string[]> = {};
    for (const [name, group] of await this.#all("group")) {
      const members = await target.groups.members(group.id, new AbortController().signal);
      found[name] = [...members].map((id) => names.get(id) ?? id).sort();
    }
    await target.close();
    return found;
  }

  /** An admin says yes to everything that is held. */
  approve(): void {
    const store = this.store();
    const at = this.clock.now();
    for (const hold of store.holds.open()) {
      store.transaction(() =>
        store.holds.approve(hold, { actor: "test", reason: "known", at, expiresAt: at + 72 * 3_600_000 }),
      );
    }
    store.close();
  }

  get written(): readonly Call[] {
    return this.calls.filter((call) => writes.has(call.method));
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  config(): ConnectionConfig {
    const { users, groups, include, assigned } = this.options.scope ?? {};
    const section = (name: string, type: string) => ({ name, type, settings: {}, where: "test" });
    return {
      name: this.options.connection ?? "staff",
      where: "test",
      source: section("source", "test"),
      target: section("directory", "embedded"),
      mode: this.options.mode ?? "sync",
      everyMs: 40 * 60_000,
      reconcileEveryMs: this.options.reconcileEveryMs,
      scope: {
        include: include ?? [],
        ...(assigned === undefined ? {} : { assigned }),
        ...(users === undefined ? {} : { users: { text: users, where: "test:1:1" } }),
        ...(groups === undefined ? {} : { groups: { text: groups, where: "test:2:1" } }),
      },
      ...(this.options.pilot === undefined ? {} : { pilot: this.options.pilot }),
      policy: { ...policy, ...this.options.policy },
      limits: { ...limits, ...this.options.limits },
      retry: { ...retry, ...this.options.retry },
      protect: { users: [], groups: [], ...this.options.protect },
      privilegedGroups: this.options.privilegedGroups ?? [],
      ...(this.options.canary === undefined ? {} : { canary: this.options.canary }),
    };
  }

  async #all(kind: Kind): Promise<ReadonlyMap<string, StoredResource>> {
    const target = await this.target();
    const found = new Map<string, StoredResource>();
    const api = kind === "user" ? target.users : target.groups;
    for await (const each of api.list(new AbortController().signal)) {
      found.set(String(each[kind === "user" ? "userName" : "displayName"]), each);
    }
    await target.close();
    return found;
  }

  #recorded(target: ScimApi): ScimApi {
    const settleMs = this.options.settleMs ?? 0;
    return {
      ...target,
      capabilities: { ...target.capabilities, settleMs, ...this.options.capabilities },
      users: this.#recordedApi("user", target.users),
      groups: this.#recordedApi("group", target.groups) as GroupApi,
      probe: (signal) => target.probe(signal),
      close: () => target.close(),
    };
  }

  #recordedApi(kind: Kind, api: ResourceApi): ResourceApi {
    return new Proxy(api, {
      get: (inner, name: Call["method"]) => {
        const method = (inner as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
        if (typeof method !== "function") return method;
        return (...given: unknown[]) => {
          const call: Call = { kind, method: name, id: typeof given[0] === "string" ? given[0] : "" };
          this.calls.push(call);
          if (name === "list") return method.apply(inner, given);
          return this.#call(call, () => method.apply(inner, given) as Promise<unknown>);
        };
      },
    });
  }

  async #call(call: Call, work: () => Promise<unknown>): Promise<unknown> {
    this.before(call);
    const answer = await work();
    this.after(call);
    return answer;
  }
}

/** Makes the worlds of a test file, and ends each after its test. */
export function worlds(): (options?: WorldOptions) => World {
  const made: World[] = [];
  afterEach(() => {
    for (const each of made.splice(0)) each.end();
  });
  return (options) => {
    const one = new World(options);
    made.push(one);
    return one;
  };
}
