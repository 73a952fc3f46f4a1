import type { FailingPart } from "../store/failures.ts";
import type { WideRow } from "../store/rows.ts";
import { partText } from "./connection-status.ts";
import type { Explanation } from "./explanation.ts";
import { shellWord } from "./output/escape.ts";
import { counted, localTime, relative } from "./output/numbers.ts";

/** What comes next and when, or what keeps it from coming: each a sentence. */
export function nextTexts(all: Explanation, now: number): readonly string[] {
  const { row, next } = all;
  const texts = [
    ...heldTexts(all, now),
    ...doubtTexts(row, now),
    ...failingTexts(all, now),
    ...(row.seatsSince === null
      ? []
      : [
          `waiting for a seat since ${relative(row.seatsSince, now)}: the target has no licence left; every cycle asks again`,
        ]),
    ...waitTexts(all),
    ...dueTexts(row, now),
  ];
  const isWaiting = next.length > 0 && next.every((item) => item.blocked !== undefined);
  const isRejected = next.length > 0 && next.every((item) => item.rejected === true);
  if (isRejected) texts.push("wanted, but a person said no:");
  else if (next.length > 0 && row.outside === 1) texts.push("without the pilot a sync would do this:");
  else if (next.length > 0) texts.push(isWaiting ? "wanted, and waits:" : "the next sync would do this:");
  return texts.length > 0 ? texts : ["nothing: everything is as it should be"];
}

function heldTexts({ held, row, key, several, connection }: Explanation, now: number): readonly string[] {
  if (held === undefined) return [];
  const where = several ? ` --connection ${connection}` : "";
  return [
    `waits for a person's word since ${relative(held.openedAt, now)}: hold ${held.id}, ${held.class} (${held.message})`,
    `see it:  rollcall held show ${shellWord(row.label === "" ? key : row.label)}${where}`,
  ];
}

function doubtTexts({ doubt, doubtAt, settleAt }: WideRow, now: number): readonly string[] {
  if (doubt === null) return [];
  const when = doubtAt === null ? "" : ` ${relative(doubtAt, now)}`;
  const look = settleAt === null || settleAt <= now ? "by the next cycle" : relative(settleAt, now);
  return [
    `a call of run ${doubt} got no answer${when}; what became of it is looked up ${look}, before anything is sent again`,
  ];
}

function failingTexts({ row, failingParts }: Explanation, now: number): readonly string[] {
  const { failingSince, failures, error } = row;
  return [
    ...(failingSince === null
      ? []
      : [
          `failing since ${relative(failingSince, now)}, ${counted(failures, "attempt")}: ${error ?? "refused"}${whenAgain(row, now)}`,
        ]),
    ...failingParts.map(
      (part) =>
        `${whose(part, row)}${partText(part)}: failing since ${relative(part.failingSince, now)}, ${counted(part.failures, "attempt")}: ${part.error ?? "refused"}${whenAgain(part, now)}`,
    ),
  ];
}

/** References whose other side has no account yet. */
function waitTexts({ references }: Explanation): readonly string[] {
  return references
    .filter(({ settled, label, targetId }) => settled === 0 && label !== null && targetId === null)
    .map(
      ({ path, label, inScope }) =>
        `${path.slice(path.lastIndexOf(":") + 1)} waits until ${label}${inScope === 0 ? ", who is not in scope now," : ""} has an account`,
    );
}

function dueTexts({ dueAt, presence, goneOff }: WideRow, now: number): readonly string[] {
  if (dueAt === null) return [];
  return [
    ...(presence === "present"
      ? [`looked at again ${relative(dueAt, now)}, when something in the record falls due`]
      : []),
    ...(goneOff !== null && dueAt > now
      ? [
          `the account is deleted ${relative(dueAt, now)} (${localTime(dueAt)}), unless they come back (policy.deleteAfter)`,
        ]
      : []),
  ];
}

/** "; tried again in 6 h (2026-11-22 16:00:00)" */
function whenAgain(
  { retryAt, givenUp }: Pick<WideRow | FailingPart, "retryAt" | "givenUp">,
  now: number,
): string {
  if (givenUp !== null)
    return `; given up since ${relative(givenUp, now)}: no longer tried until the directory says something new, or \`rollcall retry\` is given`;
  if (retryAt === null || retryAt <= now) return "; tried again in the next cycle";
  return `; tried again ${relative(retryAt, now)} (${localTime(retryAt)})`;
}

/** The group of a membership; of a reference only what another object than this person has to do with it. */
function whose({ label, sourceId }: FailingPart, row: WideRow): string {
  return sourceId === row.sourceId ? "" : `${label === "" ? sourceId : label}, `;
}
