import type { Random } from "../random.ts";
import type { Settings } from "../world/settings.ts";
import type { FaultName } from "./counts.ts";

export type CrashPoint =
  | "crash before a commit"
  | "crash after a commit"
  | "crash before a call"
  | "crash while a call is under way"
  | "crash after a call";

export type SourceFault =
  | "source does not answer"
  | "source refuses the login"
  | "read that dies midway"
  | "empty read that claims to be complete"
  | "truncated read that claims to be complete"
  | "expired cursor"
  | "duplicate page";

export type StoreFault = "disk full" | "disk error" | "disk error in a commit that stays" | "store busy";

/** What will go wrong in one cycle, as far as the cycle gets there. */
export interface CycleFaults {
  /** The process dies at the n-th time that it comes to such a point; `power`: and the whole machine with it. */
  readonly crash?: { readonly point: CrashPoint; readonly nth: number; readonly power: boolean };
  /** The n-th call of the store fails. */
  readonly store?: { readonly fault: StoreFault; readonly nth: number };
  readonly source?: { readonly fault: SourceFault; readonly page: number };
  /** Share of the target's answers that go wrong. */
  readonly network: number;
  /** From the n-th call on the target refuses the login. */
  readonly refusedFrom?: number;
  /** The wall clock jumps by so many ms at the n-th call to the target. */
  readonly jump?: { readonly nth: number; readonly ms: number };
  /** Another process tries the same state at the n-th call. */
  readonly secondProcess?: number;
  /** Somebody presses Ctrl-C at the n-th call. */
  readonly interrupt?: number;
}

export const noFaults: CycleFaults = { network: 0 };

export const crashPoints: readonly CrashPoint[] = [
  "crash before a commit",
  "crash after a commit",
  "crash before a call",
  "crash while a call is under way",
  "crash after a call",
];

const sourceFaults: readonly SourceFault[] = [
  "source does not answer",
  "source refuses the login",
  "read that dies midway",
  "read that dies midway",
  "expired cursor",
  "duplicate page",
];

const lies: readonly SourceFault[] = [
  "empty read that claims to be complete",
  "truncated read that claims to be complete",
  "truncated read that claims to be complete",
];

const storeFaults: readonly StoreFault[] = [
  "disk full",
  "disk error",
  "disk error in a commit that stays",
  "store busy",
];

/** Draws what goes wrong in the next cycle: often nothing, seldom several things. */
export function drawFaults(random: Random, settings: Settings): CycleFaults {
  const crash = random.chance(0.3)
    ? { point: random.pick(crashPoints), nth: early(random, 25), power: random.chance(0.4) }
    : undefined;
  const source = random.chance(0.25)
    ? {
        fault: random.pick(settings.directory.lies ? [...sourceFaults, ...lies, ...lies] : sourceFaults),
        page: random.between(0, 2),
      }
    : undefined;
  const calls = () => early(random, 15);
  return {
    network: random.chance(0.6) ? random.pick([0.1, 0.25, 0.5]) : 0,
    ...(crash === undefined ? {} : { crash }),
    ...(source === undefined ? {} : { source }),
    ...(random.chance(0.08) ? { store: { fault: random.pick(storeFaults), nth: early(random, 150) } } : {}),
    ...(random.chance(0.03) ? { refusedFrom: calls() } : {}),
    ...(random.chance(0.08) ? { jump: { nth: calls(), ms: jumpOf(random) } } : {}),
    ...(random.chance(0.05) ? { secondProcess: calls() } : {}),
    ...(random.chance(0.04) ? { interrupt: calls() } : {}),
  };
}

/** What strikes struck, by the way that a call went wrong. */
export type CallFault = Extract<
  FaultName,
  | "answer lost, call without effect"
  | "answer lost, call with effect"
  | "effect long after the call was given up"
  | "503"
  | "429"
  | "500 without effect"
  | "500 with effect"
>;

export const callFaults: readonly CallFault[] = [
  "answer lost, call without effect",
  "answer lost, call with effect",
  "answer lost, call with effect",
  "effect long after the call was given up",
  "effect long after the call was given up",
  "503",
  "429",
  "500 without effect",
  "500 with effect",
];

/** From 1 to most, the early ones more often: later points are seldom reached. */
function early(random: Random, most: number): number {
  return 1 + Math.floor(random.next() * random.next() * most);
}

function jumpOf(random: Random): number {
  const ms = random.pick([120_000, 3_600_000, 30 * 3_600_000]);
  return random.chance(0.5) ? ms : -ms;
}
