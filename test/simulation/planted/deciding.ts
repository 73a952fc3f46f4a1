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
        file: "sync/limits.ts",
        replace: `  if (total <= most && !isMostOf(total, atStart)) return undefined;`,
        by: `  if (name !== "adoptions") return undefined;`,
      },
    ],
  },
  {
    name: "no limits for memberships",
    sentence: "any number of people lose their memberships at once",
    breaks: ["I6"],
    edits: [
      {
        file: "sync/guard.ts",
        replace: `      if (n === 0) continue;`,
        by: `      if (n === 0 || name === "member-removals") continue;`,
      },
      {
        file: "sync/guard.ts",
        replace: `    if (!holds.some((hold) => hold.class === "member-removals"))`,
        by: `    if (holds.some((hold) => hold.class === "adoptions"))`,
      },
    ],
  },
  {
    name: "existing accounts are taken",
    sentence: "an account that is there already is taken over without anybody's word",
    breaks: ["I7"],
    edits: [
      {
        file: "sync/classes.ts",
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
    name: "not visible is gone",
    sentence: "whom the directory only shows no more is switched off without a person's word",
    breaks: ["I23"],
    edits: [
      {
        file: "sync/classes.ts",
        replace: `    if (row.evidence === "not-visible") return ["not-visible"];`,
        by: ``,
      },
    ],
  },
  {
    name: "any yes will do",
    sentence: "a person's yes to one account or change counts for another of the same person, and for ever",
    breaks: ["I23", "I6"],
    edits: [
      {
        file: "store/approval.ts",
        replace: `  if (found === undefined || found.expiresAt <= now || !found.desired.equals(boundTo(guarded)))`,
        by: `  if (found === undefined)`,
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
        replace: `if (request.purpose !== "sync" || work.config.mode !== "sync"`,
        by: `if (work.config.mode !== "sync"`,
      },
    ],
  },
];
