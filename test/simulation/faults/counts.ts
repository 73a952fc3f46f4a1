/** Everything that goes wrong in a simulation, each counted when it really struck. */
export const faultNames = [
  "crash before a commit",
  "crash after a commit",
  "crash before a call",
  "crash while a call is under way",
  "crash after a call",
  "power loss",
  "answer lost, call without effect",
  "answer lost, call with effect",
  "effect long after the call was given up",
  "503",
  "429",
  "500 without effect",
  "500 with effect",
  "read without an answer",
  "target refuses the login",
  "target refuses one object",
  "source does not answer",
  "source refuses the login",
  "read that dies midway",
  "empty read that claims to be complete",
  "truncated read that claims to be complete",
  "expired cursor",
  "duplicate page",
  "hidden person",
  "clock jumps forward",
  "clock jumps back",
  "second process",
  "restored backup of the snapshot",
  "restored backup of the whole state",
  "foreign snapshot",
  "another application",
  "disk full",
  "disk error",
  "disk error in a commit that stays",
  "store busy",
  "look-up that lags",
  "member listed twice",
  "name that the target checks against no other",
  "members that the target hides",
  "hand edit at the target",
  "interrupted by a person",
  "approval of something untrue",
  "approval twice",
  "approval long before it is used",
  "edited configuration",
] as const;

export type FaultName = (typeof faultNames)[number];

export class FaultCounts {
  readonly #counts = new Map<FaultName, number>();

  strike(name: FaultName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  of(name: FaultName): number {
    return this.#counts.get(name) ?? 0;
  }

  get all(): Readonly<Partial<Record<FaultName, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
