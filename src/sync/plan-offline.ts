import { ConfigurationError } from "../errors.ts";
import type { BeforeEdit } from "../store/before-edit.ts";
import type { Reach } from "../store/pending.ts";
import { guard } from "./guard.ts";
import { countPlan } from "./plan.ts";
import { namePrivilegedGroups } from "./privileged.ts";
import { findProtected } from "./protection.ts";
import { read } from "./read.ts";
import type { Report } from "./report.ts";
import { type RunResult, reportRun } from "./report-run.ts";
import { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Everything that is pending. */
const whole: Reach = { touchedUpTo: Number.MAX_SAFE_INTEGER };

/**
 * Judges everybody again by the configuration of now, from what the snapshot holds, and guards the plan that comes of it, as the next cycle would if
 * the directory had nothing new to say. On a copy of the snapshot only: it writes there. Nobody is looked up at the target, so whoever has no
 * account may turn out to have one.
 */
export async function planOffline(
  work: Work,
): Promise<{ readonly report: Report; readonly before: BeforeEdit }> {
  const result: RunResult = { tally: new Tally() };
  const known = work.store.cursor?.selection;
  if (known === undefined) throw neverRead(work);
  checkSelection(work, known);
  const before = work.store.rememberBefore();
  try {
    await namePrivilegedGroups(work);
    // What the mapping does not read any more is a reason to read everything, and none to think again.
    result.read = await read({ ...work, selection: known }, { full: false });
    findProtected(work, false);
    result.verdict = guard(work, whole);
    result.tally.room = result.verdict.room;
    result.plan = countPlan(work, whole);
  } catch (error) {
    result.problem = error;
  }
  return { report: reportRun(work, { purpose: "plan" }, result), before };
}

function neverRead({ config }: Work): ConfigurationError {
  return new ConfigurationError(
    `${config.name}: the directory was never read to the end, so there is nothing to judge again`,
    {
      hint: `read it once with \`rollcall plan ${config.name}\``,
    },
  );
}

/** Throws where mapping or scope read what nobody ever asked the directory for: whatever came of it would be made up. */
function checkSelection({ config, mapping }: Work, selection: string): void {
  const names = selection.split(",");
  const bar = names.indexOf("|");
  const known = { user: new Set(names.slice(0, bar)), group: new Set(names.slice(bar + 1)) };
  const missing = (["user", "group"] as const).flatMap((kind) =>
    mapping.reads[kind].filter((name) => !known[kind].has(name)).map((name) => `${kind}.${name}`),
  );
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `${config.name}: the mapping reads what the snapshot does not hold: ${missing.join(", ")}`,
    { hint: `ask the directory for it with \`rollcall plan ${config.name}\`, which reads everything once` },
  );
}
