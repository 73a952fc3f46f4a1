import { CredentialsRefused, ItemError, type ItemErrorCode, TransientError } from "../../../src/errors.ts";
import type { Capabilities, GroupApi, ResourceApi, ScimApi, WriteOptions } from "../../../src/scim/api.ts";
import type { Kind, StoredResource } from "../../../src/scim/resource.ts";
import { ScimError } from "../../stand-ins/scim-patch.ts";
import { type CallFault, callFaults } from "../faults/plan.ts";
import type { Random } from "../random.ts";
import type { CycleInfo, WriteCall } from "./events.ts";
import { zombieMs } from "./settings.ts";
import type { World } from "./world.ts";

/** How long a client waits for an answer before it gives up, in ms. */
const patienceMs = 30_000;

type Write = Omit<WriteCall, "n" | "cycle" | "at">;

/** The application as one process reaches it: over a network where calls and answers get lost, come late, or take effect when nobody waits for them. */
export class SimulatedApi implements ScimApi {
  readonly capabilities: Capabilities;
  readonly users: ResourceApi;
  readonly groups: GroupApi;
  readonly #world: World;
  readonly #cycle: CycleInfo;
  readonly #random: Random;
  #calls = 0;

  constructor(world: World, cycle: CycleInfo) {
    this.#world = world;
    this.#cycle = cycle;
    this.#random = world.random.network.fork();
    this.capabilities = world.settings.target.capabilities;
    this.users = this.#resources("user");
    this.groups = {
      ...this.#resources("group"),
      members: (id, signal) => this.#members(id, signal),
      changeMembers: async (id, { add, remove }, options) => {
        await this.#write({ kind: "group", method: "members", id, add, remove }, options, () => {
          this.#world.application.changeMembers(id, add, remove, options.ifMatch);
          return id;
        });
      },
    };
  }

  async probe(): Promise<readonly []> {
    return [];
  }

  async close(): Promise<void> {}

  #resources(kind: Kind): ResourceApi {
    const { application } = this.#world;
    const read = <T>(method: string, id: string, signal: AbortSignal, work: () => T) =>
      this.#read(kind, method, id, signal, work);
    const list = (signal: AbortSignal) => read("list", "", signal, () => application.list(kind));
    return {
      create: (resource, options) =>
        this.#write(
          { kind, method: "create", id: "", resource },
          options,
          () => application.create(kind, resource).id,
        ),
      get: (id, signal) =>
        read("get", id, signal, () =>
          application.get(id)?.kind === kind ? application.show(id) : undefined,
        ),
      find: (attribute, value, signal) => {
        if (!this.capabilities.filter[kind].includes(attribute))
          throw new ItemError("mutability", `cannot look up by ${attribute}`);
        return read("find", `${attribute}=${value}`, signal, () => application.find(kind, attribute, value));
      },
      async *list(signal) {
        for (const each of await list(signal)) yield each;
      },
      count: (signal) => read("count", "", signal, () => application.all(kind).length),
      replace: (id, resource, options) =>
        this.#write({ kind, method: "replace", id, resource }, options, () => {
          application.replace(id, resource, options.ifMatch);
          return id;
        }),
      patch: async (id, operations, options) => {
        if (operations.length === 0) return undefined;
        return this.#write({ kind, method: "patch", id, operations }, options, () => {
          application.patch(id, operations, options.ifMatch);
          return id;
        });
      },
      delete: async (id, options) => {
        await this.#write({ kind, method: "delete", id }, options, () => {
          application.remove(id);
          return id;
        });
      },
    };
  }

  async #members(id: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (!this.capabilities.membersReadable) throw new ItemError("mutability", "members cannot be read back");
    return this.#read("group", "members", id, signal, () => {
      const group = this.#world.application.get(id);
      if (group === undefined) throw new ItemError("not-found", `group ${id} is gone`, { status: 404 });
      return new Set(group.members);
    });
  }

  async #read<T>(kind: Kind, method: string, id: string, signal: AbortSignal, work: () => T): Promise<T> {
    signal.throwIfAborted();
    const { process } = this.#cycle;
    await this.#leaves();
    this.#world.tell({ type: "read call", cycle: this.#cycle, kind, method, id });
    this.#refusedLogin();
    const fails = this.#random.chance(process.plan.network / 2);
    await process.later(fails ? patienceMs : this.#random.between(5, 100), signal);
    if (process.passes("crash after a call")) await process.never();
    if (fails) {
      this.#strike("read without an answer");
      const outcome = this.#random.chance(0.5) ? "none" : "unknown";
      // As of the real clients: no value of anybody stands in the sentence.
      throw new TransientError(`no answer to ${method}`, { outcome });
    }
    return work();
  }

  /** Sends a write. What becomes of it at the target and what the process hears of it are two things. */
  async #write(write: Write, options: WriteOptions, work: () => string): Promise<StoredResource> {
    options.signal.throwIfAborted();
    await this.#leaves();
    const call = this.#world.sent({ ...write, cycle: this.#cycle });
    try {
      return await this.#answered(call, options, work);
    } finally {
      this.#world.tell({ type: "answer", call });
    }
  }

  async #answered(call: WriteCall, options: WriteOptions, work: () => string): Promise<StoredResource> {
    const { process } = this.#cycle;
    this.#refusedLogin();
    const refusal = this.#world.refuses(call);
    const fault = this.#random.chance(process.plan.network) ? this.#random.pick(callFaults) : undefined;
    if (fault === "503" || fault === "429") return this.#unavailable(fault);
    let outcome: StoredResource | ItemError | undefined;
    const effect = () => {
      outcome = refusal ?? this.#carryOut(call, work);
    };
    const answerMs = this.#schedule(fault, effect);
    if (process.passes("crash while a call is under way")) await process.never();
    await process.later(answerMs, options.signal).catch((error: unknown) => {
      throw new TransientError("given up", { outcome: "unknown", cause: error });
    });
    if (process.passes("crash after a call")) await process.never();
    if (fault !== undefined) {
      this.#strike(fault);
      this.#world.tell({ type: "no answer", call });
      throw new TransientError(`no usable answer to ${call.method} ${call.kind} ${call.id}`, {
        outcome: "unknown",
      });
    }
    if (outcome instanceof ItemError) {
      this.#world.tell({ type: "refusal heard", call, code: outcome.code });
      throw outcome;
    }
    if (outcome === undefined) throw new Error("an answer without an outcome");
    return outcome;
  }

  /** Puts the effect of a call on the timeline, where it happens whatever becomes of the process; returns when the process hears of it, in ms. */
  #schedule(fault: CallFault | undefined, effect: () => void): number {
    const { timeline } = this.#world;
    const travelMs = this.#random.between(5, 100);
    if (fault === "answer lost, call without effect") return patienceMs;
    if (fault === "500 without effect") return travelMs;
    if (fault === "effect long after the call was given up") {
      timeline.in(patienceMs + this.#random.between(1, zombieMs - 1_000), effect);
      return patienceMs;
    }
    timeline.in(travelMs, effect);
    return fault === "answer lost, call with effect" ? patienceMs : travelMs + this.#random.between(1, 50);
  }

  #carryOut(call: WriteCall, work: () => string): StoredResource | ItemError {
    const before = this.#world.application.get(call.id);
    try {
      const id = work();
      this.#world.tell({ type: "effect", call, id, before });
      const held = this.#world.application.get(id);
      return held === undefined ? { id } : this.#world.application.show(id);
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      this.#world.tell({ type: "refused write", call, why: error.message });
      return new ItemError(codeOf(error), error.message, { status: error.status });
    }
  }

  async #unavailable(fault: "503" | "429"): Promise<never> {
    await this.#cycle.process.later(this.#random.between(5, 100));
    this.#strike(fault);
    throw new TransientError(`the target answers ${fault}`, { outcome: "none", retryAfterMs: 1_000 });
  }

  #refusedLogin(): void {
    const { refusedFrom } = this.#cycle.process.plan;
    if (refusedFrom === undefined || this.#calls < refusedFrom) return;
    if (this.#calls === refusedFrom) this.#strike("target refuses the login");
    throw new CredentialsRefused("the target refuses the login");
  }

  /** A call is about to leave: the moment at which other things happen too. */
  async #leaves(): Promise<void> {
    const { process } = this.#cycle;
    this.#calls += 1;
    if (process.isDead || process.passes("crash before a call")) await process.never();
    this.#world.atCall(this.#cycle, this.#calls);
  }

  #strike(fault: Parameters<World["faults"]["strike"]>[0]): void {
    this.#world.faults.strike(fault);
    this.#world.trace.note(`${this.#cycle.process.name}: ${fault}`);
  }
}

function codeOf(error: ScimError): ItemErrorCode {
  if (error.status === 409) return "uniqueness";
  if (error.status === 412) return "changed-meanwhile";
  if (error.status === 404) return "not-found";
  return error.scimType === "mutability" ? "mutability" : "invalid-value";
}
