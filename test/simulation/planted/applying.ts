import type { PlantedBug } from "./planted.ts";

const unknown = `        settlement: {
          type: "unknown",
          message: failure.message,
          settleAt: now() + work.target.capabilities.settleMs,
        },`;

/** Bugs in what is sent, and in what is made of answers that do not come. */
export const bugsOfApplying: readonly PlantedBug[] = [
  {
    name: "blind retry",
    sentence: "a call without an answer is sent again without a look",
    breaks: ["I1", "I20"],
    edits: [
      {
        file: "sync/dispatch.ts",
        replace: unknown,
        by: `        settlement: { type: "put off", message: failure.message },`,
      },
    ],
  },
  {
    name: "no settle time",
    sentence: "the outcome of a call without an answer is looked for at once",
    breaks: ["I1", "I2", "I3", "I20"],
    edits: [
      {
        file: "sync/dispatch.ts",
        replace: unknown,
        by: unknown.replace("now() + work.target.capabilities.settleMs", "now()"),
      },
      {
        file: "connection.ts",
        replace: `store.runs.begin(start, target.capabilities.settleMs)`,
        by: `store.runs.begin(start, 0)`,
      },
    ],
  },
  {
    name: "no doubt mark",
    sentence: "a call is written down, but its row is not marked as in doubt",
    breaks: ["I1", "I2", "I3", "I10", "I20"],
    edits: [
      {
        file: "store/outcomes.ts",
        replace: `          doubt.run(run, at, seq, attempt.resource);`,
        by: `          void doubt;`,
      },
    ],
  },
  {
    name: "no look for what was created",
    sentence: "a creation without an answer counts as without effect",
    breaks: ["I1"],
    edits: [
      {
        file: "sync/resolve.ts",
        replace: `  const [found, another] = ours;`,
        by: `  const [found, another] = ours.slice(ours.length);`,
      },
    ],
  },
  {
    name: "doubt without end",
    sentence: "nobody looks for the outcome of a call without an answer",
    breaks: ["I9"],
    edits: [
      {
        file: "sync/apply.ts",
        replace: `    await resolve(work, tally, reach);`,
        by: `    void resolve;`,
      },
    ],
  },
  {
    name: "attempts of the dead stay open",
    sentence: "the audit trail never says what became of a call that the process died over",
    breaks: ["I9"],
    edits: [
      {
        file: "store/runs.ts",
        replace: `        this.#endAttempts(Number(run), at);`,
        by: ``,
      },
    ],
  },
  {
    name: "updates are not sent",
    sentence: "a value that changed counts as accepted without being sent",
    breaks: ["I2"],
    edits: [
      {
        file: "sync/prepare-update.ts",
        replace: `  if (action !== "adopt" && difference(current, wanted).length === 0) {`,
        by: `  if (action !== "adopt" && action !== "deactivate") {`,
      },
    ],
  },
  {
    name: "members without a read",
    sentence: "memberships are sent as they are remembered, without a look at the group",
    breaks: ["I4"],
    edits: [
      {
        file: "sync/apply-members.ts",
        replace: `  const first = await settleWhatStands(work, group, wanted);`,
        by: `  const first = { left: wanted, members: undefined as ReadonlySet<string> | undefined };`,
      },
    ],
  },
  {
    name: "the wrong members",
    sentence: "who is to join a group is taken out of it, and who is to leave is put in",
    breaks: ["I13"],
    edits: [
      {
        file: "sync/send-members.ts",
        replace: `  const add = chunk.filter((each) => each.desired === 1).map`,
        by: `  const add = chunk.filter((each) => each.desired === 0).map`,
      },
      {
        file: "sync/send-members.ts",
        replace: `  const remove = chunk.filter((each) => each.desired === 0).map`,
        by: `  const remove = chunk.filter((each) => each.desired === 1).map`,
      },
    ],
  },
  {
    name: "members in one piece",
    sentence: "all memberships of a group go in one request",
    breaks: ["I17"],
    edits: [
      {
        file: "sync/apply-members.ts",
        replace: `const { membersPerRequest } = work.target.capabilities;`,
        by: `const membersPerRequest = 1_000;`,
      },
    ],
  },
  {
    name: "deactivations last",
    sentence: "people are switched off after everything else",
    breaks: ["I14"],
    edits: [
      {
        file: "sync/apply.ts",
        replace: `    await applyResources(work, "deactivations", tally, reach, names);
`,
        by: ``,
      },
      {
        file: "sync/apply.ts",
        replace: `    await applyMembers(work, tally, reach);`,
        by: `    await applyMembers(work, tally, reach);
    await applyResources(work, "deactivations", tally, reach, names);`,
      },
    ],
  },
  {
    name: "one bad object ends the cycle",
    sentence: "an object that the target refuses stops everything that comes after it",
    breaks: ["I15"],
    edits: [
      {
        file: "sync/write.ts",
        replace: `  if (error instanceof ItemError) return { type: "refused", error };`,
        by: `  if (error instanceof ItemError) throw error;`,
      },
    ],
  },
  {
    name: "no schedule",
    sentence: "what the target refuses is sent again in every cycle",
    breaks: ["I16"],
    edits: [
      {
        file: "sync/retry.ts",
        replace: `  const wait = failures === 0 ? 0 : (waitsMs[Math.min(failures, waitsMs.length) - 1] ?? dayMs);`,
        by: `  const wait = failures < 1e9 ? 0 : (waitsMs[Math.min(failures, waitsMs.length) - 1] ?? dayMs);`,
      },
    ],
  },
  {
    name: "removals are given up",
    sentence: "who is to lose access keeps it when the target has refused that for four weeks",
    breaks: ["I16", "I3"],
    edits: [
      {
        file: "sync/retry.ts",
        replace: `  if (isRemoval) return now + Math.min(wait, dayMs);`,
        by: ``,
      },
    ],
  },
  {
    name: "again and again",
    sentence: "a call that failed is sent again at once, many times",
    breaks: ["I16"],
    edits: [
      {
        file: "sync/dispatch.ts",
        replace: `    const result = await planned.send();`,
        by: `    let result = await planned.send().catch(() => undefined);
    for (let n = 0; result === undefined && n < 20; n++) result = await planned.send().catch(() => undefined);
    result ??= await planned.send();`,
      },
    ],
  },
];
