import type { Kind } from "../scim/resource.ts";
import type { SurveyLine, SurveyStatus } from "../sync/survey-lines.ts";

/** How many lines say the same, and the first few of them. */
export interface Counted {
  readonly n: number;
  readonly examples: readonly SurveyLine[];
}

/** One side of a survey: people with accounts, or groups with groups. */
export interface KindCounts {
  readonly inDirectory: number;
  readonly atTarget: number;
  readonly activeAtTarget: number;
  readonly statuses: Readonly<Partial<Record<SurveyStatus, Counted>>>;
  /** Of the matched ones, by match attribute. */
  readonly matchedBy: Readonly<Record<string, number>>;
  /** Matched, or linked and wanted, with an account that is switched off. */
  readonly matchedOff: Counted;
  /** Disabled in the directory, with an active account that nobody switched off. */
  readonly disabledActive: Counted;
  /** In scope and in no pushed group. */
  readonly inNoGroup: Counted;
  /** Accounts of other connections. */
  readonly claimedAtTarget: number;
}

export interface SurveyCounts {
  readonly users: KindCounts;
  readonly groups: KindCounts;
  /** People who are to have an active account. */
  readonly seatsNeeded: number;
  /** Of them those who have one that is active now. */
  readonly seatsTaken: number;
}

interface AtTarget {
  readonly all: number;
  readonly active: number;
}

const mostExamples = 5;

class Examples implements Counted {
  n = 0;
  readonly examples: SurveyLine[] = [];

  add(line: SurveyLine): void {
    this.n += 1;
    if (this.examples.length < mostExamples) this.examples.push(line);
  }
}

/** Adds the lines of a survey up, one after the other. */
export function countSurvey(
  lines: Iterable<SurveyLine>,
  atTarget: Readonly<Record<Kind, AtTarget>>,
): SurveyCounts {
  const sides = { user: sideOf(atTarget.user), group: sideOf(atTarget.group) };
  const seats = { seatsNeeded: 0, seatsTaken: 0 };
  for (const line of lines) {
    add(sides[line.kind], line);
    if (line.kind === "user" && isToHaveAccount(line)) {
      seats.seatsNeeded += 1;
      if (line.isActive === true) seats.seatsTaken += 1;
    }
  }
  return { users: sides.user, groups: sides.group, ...seats };
}

function sideOf({ all, active }: AtTarget) {
  return {
    inDirectory: 0,
    atTarget: all,
    activeAtTarget: active,
    statuses: {} as Partial<Record<SurveyStatus, Examples>>,
    matchedBy: {} as Record<string, number>,
    matchedOff: new Examples(),
    disabledActive: new Examples(),
    inNoGroup: new Examples(),
    claimedAtTarget: 0,
  };
}

function add(side: ReturnType<typeof sideOf>, line: SurveyLine): void {
  if (line.sourceId === "" && line.status === "claimed") {
    side.claimedAtTarget += 1;
    return;
  }
  if (line.sourceId !== "") side.inDirectory += 1;
  side.statuses[line.status] ??= new Examples();
  side.statuses[line.status]?.add(line);
  if (line.status === "matched") side.matchedBy[line.by] = (side.matchedBy[line.by] ?? 0) + 1;
  if (isToHaveAccount(line) && line.isActive === false) side.matchedOff.add(line);
  if (line.status === "disabled" && line.isActive === true) side.disabledActive.add(line);
  if (line.groups === 0) side.inNoGroup.add(line);
}

function isToHaveAccount({ status, groups }: SurveyLine): boolean {
  return groups !== undefined && (status === "linked" || status === "matched" || status === "new");
}
