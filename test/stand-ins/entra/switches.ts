/** How the service behaves where its pages leave it freedom; may be changed at any time. */
export interface Switches {
  /** Objects on a page of a delta query. */
  deltaPageSize: number;
  /** Members on a page of a groups delta query, over all its groups. */
  memberPageSize: number;
  /** Entries on a page of any other list, where `$top` does not say otherwise. */
  listPageSize: number;
  /** After so many pages of a delta round comes one without objects; 0: never. */
  emptyPageEvery: number;
  /** The page with the delta link has no objects. */
  emptyLastPage: boolean;
  /** Every page begins with the last object of the page before. */
  repeats: boolean;
  /** So many entries of the log before a delta link's point are told again. */
  replay: number;
  /** Changes younger than this are not told yet, ms. */
  deltaLagMs: number;
  /** Objects younger than this are not found by their id yet, ms. */
  readLagMs: number;
  /** Whether a first round tells of people, groups and members that were removed before. */
  removedInFirstRound: boolean;
  /** Whether the groups of somebody who was deleted for good tell of it; when not, nobody does. */
  hardDeleteTellsGroups: boolean;
  deltaTokenLifeMs: number;
  pageTokenLifeMs: number;
  /** How a delta token that lives no more is refused. */
  expiredAnswer: "400 syncStateNotFound" | "410 with Location";
  /** Resource units that the app may use in any ten seconds. */
  unitsPerTenSeconds: number;
  /** Before every answer, ms. */
  latencyMs: number;
}

export const DAY_MS = 24 * 60 * 60 * 1000;

export function defaultSwitches(): Switches {
  return {
    deltaPageSize: 100,
    memberPageSize: 500,
    listPageSize: 100,
    emptyPageEvery: 0,
    emptyLastPage: false,
    repeats: false,
    replay: 0,
    deltaLagMs: 0,
    readLagMs: 0,
    removedInFirstRound: true,
    hardDeleteTellsGroups: true,
    deltaTokenLifeMs: 7 * DAY_MS,
    pageTokenLifeMs: DAY_MS,
    expiredAnswer: "400 syncStateNotFound",
    unitsPerTenSeconds: Number.POSITIVE_INFINITY,
    latencyMs: 0,
  };
}
