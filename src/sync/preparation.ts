import { type ItemError, isRollcallError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf, takesAway } from "./action.ts";
import type { SecondTries } from "./second-tries.ts";
import { fail } from "./set-aside.ts";
import type { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** What calls of one phase are worked out with. */
export interface Preparation {
  readonly work: Work;
  readonly tally: Tally;
  readonly streak: Streak;
  /** Asked when the target refuses: true when the row waits for somebody else and is sent again in this run. */
  readonly putOff: (row: WideRow, refusal: ItemError) => boolean;
  readonly second: SecondTries;
}

/** Works out a call. What cannot be worked out because the target refuses to show something sets the row aside. */
export async function attempt<Result>(
  { work, tally, streak }: Preparation,
  row: WideRow,
  look: () => Promise<Result | undefined>,
): Promise<Result | undefined> {
  if (streak.isOver) return undefined;
  try {
    return await look();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "fatal" || !isRollcallError(error)) throw error;
    // A target that cannot show this one object may well show the others.
    if (failure.type === "refused") {
      const { status } = failure.error;
      if (status !== undefined && !takesAway(actionOf(row))) tally.refuse(failure.error);
      fail(work, row, actionOf(row), failure.error.code, error.message, tally);
    } else {
      streak.unreadable(error);
      fail(work, row, actionOf(row), "unavailable", error.message, tally, work.clock.now());
    }
    return undefined;
  }
}
