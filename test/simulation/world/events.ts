import type { ConnectionStatus } from "../../../src/commands/connection-status.ts";
import type { CycleRequest } from "../../../src/cycle.ts";
import type { ItemErrorCode } from "../../../src/errors.ts";
import type { PatchOperation } from "../../../src/scim/api.ts";
import type { Kind, Resource } from "../../../src/scim/resource.ts";
import type { Change } from "../../../src/sources/source.ts";
import type { AuditEntry } from "../../../src/store/audit.ts";
import type { Report } from "../../../src/sync/report.ts";
import type { Held } from "./application.ts";
import type { Process, Written } from "./process.ts";

/** One cycle of one process. */
export interface CycleInfo {
  readonly n: number;
  readonly process: Process;
  readonly request: CycleRequest;
  /** On the timeline, in ms. */
  readonly startedAt: number;
  /** What the wall clock said then, ms since 1970 UTC: by this and what passed since a process goes, also where somebody sets the clock. */
  readonly startedWallAt: number;
  /** Why the product has to refuse to work on this state, and which promise that is; undefined: it may. */
  readonly mustRefuse: Refusal | undefined;
}

export interface Refusal {
  readonly invariant: "I12" | "I24";
  readonly why: string;
}

/** A call that changes something, as it left the process. */
export interface WriteCall {
  readonly n: number;
  readonly cycle: CycleInfo;
  readonly at: number;
  readonly kind: Kind;
  readonly method: "create" | "replace" | "patch" | "delete" | "members";
  /** Of the account or group; "" for one that is to be made. */
  readonly id: string;
  readonly resource?: Resource;
  readonly operations?: readonly PatchOperation[];
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** How a cycle ended. */
export type CycleEnd =
  | {
      readonly type: "report";
      readonly report: Report;
      /** `rollcall held show`, hold by hold. */
      readonly held: readonly HeldNow[];
      /** `rollcall status` */
      readonly status: ConnectionStatus;
    }
  | { readonly type: "died" }
  | { readonly type: "refused"; readonly error: Error }
  | { readonly type: "threw"; readonly error: Error };

/** One line of `rollcall held show`. */
export interface HeldNow {
  readonly hold: number;
  readonly class: string;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly group: string | undefined;
  /** Source id of that group. */
  readonly groupId: string | undefined;
  readonly targetId: string | undefined;
  readonly matchId: string | undefined;
  readonly desired: string;
}

/** Everything that the checker sees. Nothing of it comes from inside the product's store. */
export type SimulationEvent =
  | { readonly type: "cycle begins"; readonly cycle: CycleInfo }
  | { readonly type: "poll"; readonly cycle: CycleInfo; readonly cursor: string | undefined }
  | {
      readonly type: "page";
      readonly cycle: CycleInfo;
      /** With the last page of a read. */
      readonly cursor: string | undefined;
      readonly changes: readonly Change[];
      /** Nothing was left out so far. */
      readonly honest: boolean;
      readonly full: boolean;
    }
  | { readonly type: "read one"; readonly cycle: CycleInfo; readonly id: string }
  | {
      readonly type: "read call";
      readonly cycle: CycleInfo;
      readonly kind: Kind;
      readonly method: string;
      readonly id: string;
    }
  | { readonly type: "write"; readonly call: WriteCall }
  | {
      readonly type: "effect";
      readonly call: WriteCall;
      readonly id: string;
      /** What the application held until then. */
      readonly before: Held | undefined;
    }
  | { readonly type: "let in"; readonly cycle: CycleInfo }
  /** A process waits for ever, or goes on for ever. */
  | { readonly type: "endless"; readonly cycle: CycleInfo; readonly why: string }
  | { readonly type: "refused write"; readonly call: WriteCall; readonly why: string }
  /** A process heard that the target does not take its write. */
  | { readonly type: "refusal heard"; readonly call: WriteCall; readonly code: ItemErrorCode }
  /** This person's removal is due again: the next cycle has to try it, however often it was refused. */
  | { readonly type: "removal is due"; readonly sourceId: string }
  | { readonly type: "durable"; readonly process: Process; readonly written: readonly Written[] }
  | { readonly type: "sleep"; readonly process: Process }
  | {
      readonly type: "approved";
      readonly approved: readonly HeldNow[];
      readonly at: number;
      readonly wallAt: number;
    }
  | { readonly type: "cycle ends"; readonly cycle: CycleInfo; readonly end: CycleEnd }
  /** The state folder was copied, and that copy was put back later. */
  | { readonly type: "state kept" }
  | { readonly type: "state restored" }
  | { readonly type: "faults stop" }
  | { readonly type: "calm"; readonly converged: boolean }
  /** `rollcall log` and `rollcall log verify` at the very end. */
  | {
      readonly type: "audit";
      readonly firstBreak: number | undefined;
      readonly entries: readonly AuditEntry[];
    }
  /** A line of the log. */
  | { readonly type: "log"; readonly text: string }
  /** A process has its answer to a write, or waits no longer for one. */
  | { readonly type: "answer"; readonly call: WriteCall }
  /** A process gave up waiting for what became of a write. */
  | { readonly type: "no answer"; readonly call: WriteCall };
