import type { PlantedBug } from "./planted.ts";

/** Bugs in what is kept, in time, and in who may work on it. */
export const bugsOfState: readonly PlantedBug[] = [
  {
    name: "synchronous NORMAL",
    sentence: "a commit that returned may be lost with the power",
    breaks: ["I10"],
    edits: [
      {
        file: "store/database.ts",
        replace: `db.pragma("synchronous = FULL");`,
        by: `db.pragma("synchronous = NORMAL");`,
      },
    ],
  },
  {
    name: "older snapshots are welcome",
    sentence: "a snapshot that is older than what was applied is used",
    breaks: ["I12"],
    edits: [
      {
        file: "store/claims.ts",
        replace: `    if (known.serial > serial) {`,
        by: `    if (known.serial > serial + 1e9) {`,
      },
    ],
  },
  {
    name: "other snapshots are welcome",
    sentence: "a snapshot of another lineage is used",
    breaks: ["I24"],
    edits: [
      {
        file: "store/claims.ts",
        replace: `    if (known.lineage !== lineage) {`,
        by: `    if (known.lineage === "") {`,
      },
    ],
  },
  {
    name: "no lock",
    sentence: "two processes work on one state at once",
    breaks: ["I24"],
    edits: [{ file: "store/lock.ts", replace: `    db.exec("begin exclusive");`, by: `` }],
  },
  {
    name: "broken chain",
    sentence: "an event of the audit trail does not name the one before",
    breaks: ["I18"],
    edits: [
      {
        file: "store/audit-chain.ts",
        replace: `      previous: last?.hash ?? genesis,`,
        by: `      previous: genesis,`,
      },
    ],
  },
  {
    name: "wall clock for durations",
    sentence: "a clock that is set forward ends a settle time",
    breaks: ["I20"],
    edits: [
      {
        file: "clock.ts",
        replace: `  if (steady === undefined) return clock;`,
        by: `  if (clock !== undefined) return clock;`,
      },
    ],
  },
  {
    name: "raw errors of the disk",
    sentence: "a full disk ends a cycle with an error that is no sentence",
    breaks: ["I22"],
    edits: [
      {
        file: "cycle.ts",
        replace: `    throw storeFailure(error) ?? error;`,
        by: `    throw error;`,
      },
    ],
  },
];
