import type { PlantedBug } from "./planted.ts";

/** Bugs in what is wanted and what is held. */
export const bugsOfDeciding: readonly PlantedBug[] = [
  {
    name: "leavers are kept",
    sentence: "who is off in the directory is left as they are at the target",
    breaks: ["I3"],
    edits: [
      {
        file: "sync/judge.ts",
        replace: `  deactivate: "inactive",`,
        by: `  deactivate: "keep",`,
      },
    ],
  },
  {
    name: "no limits",
    sentence: "any number of people lose access at once",
    breaks: ["I6"],
    edits: [
      {
        file: "sync/guard.ts",
        replace: `  const total = n + before;`,
        by: `  if (name !== "adoptions") return undefined;
  const total = n + before;`,
      },
    ],
  },
  {
    name: "existing accounts are taken",
    sentence: "an account that is there already is taken over without anybody's word",
    breaks: ["I7"],
    edits: [
      {
        file: "sync/guard.ts",
        replace: `isLeftAlone(work, row) || mayAdopt(work, row) ? [] : ["adoptions"];`,
        by: `[];`,
      },
    ],
  },
  {
    name: "held rows are sent",
    sentence: "what the guards hold is sent all the same",
    breaks: ["I23"],
    edits: [
      {
        file: "sync/apply-resources.ts",
        replace: `row.doubt !== null || row.holdId !== null || tally.isSetAside(row.id)`,
        by: `row.doubt !== null || tally.isSetAside(row.id)`,
      },
    ],
  },
  {
    name: "a plan writes",
    sentence: "a plan does what it shows",
    breaks: ["I19"],
    edits: [
      {
        file: "cycle.ts",
        replace: `return request.purpose === "sync" && work.config.mode === "sync"`,
        by: `return work.config.mode === "sync"`,
      },
    ],
  },
];
