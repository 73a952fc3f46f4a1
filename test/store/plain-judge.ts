import type { Judge } from "../../src/store/judgement.ts";

/** Judges by three values of the record: `name`, `inside` (false: out of scope), `on` (false: switched off). */
export function plainJudge(flatten: boolean): Judge {
  return {
    flatten,
    rewritesExternalId: false,
    present: (kind, { name, inside, on }) => ({
      inScope: inside !== false,
      rule: "",
      intent:
        inside === false ? (kind === "user" ? "inactive" : "keep") : on === false ? "inactive" : "active",
      reasonCode: inside === false ? "out-of-scope" : "in-scope",
      reason: "",
      label: String(name),
      body: { name: name ?? null },
      onCreate: {},
      references: {},
      problem: undefined,
      dueAt: undefined,
      isOutside: false,
      isDisabled: false,
    }),
    absent: (_, evidence) => ({
      intent: evidence === "not-visible" ? "keep" : "inactive",
      reasonCode: "deleted",
      reason: "",
      dueAt: undefined,
      isOutside: false,
    }),
  };
}
