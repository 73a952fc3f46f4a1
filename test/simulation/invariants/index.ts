import { oneAccount } from "./i01-one-account.ts";
import { converges } from "./i02-converges.ts";
import { noAccessKept } from "./i03-no-access-kept.ts";
import { rightMembers } from "./i04-members.ts";
import { nobodySwitchedOff } from "./i05-nobody-switched-off.ts";
import { memberRemovalsLimited } from "./i06-member-removals.ts";
import { removalsLimited } from "./i06-removals-limited.ts";
import { strangersUntouched } from "./i07-strangers.ts";
import { cursorWithRows } from "./i08-cursor.ts";
import { doubtEnds } from "./i09-doubt-ends.ts";
import { writtenDownFirst } from "./i10-written-down-first.ts";
import { currentMembers } from "./i13-current-members.ts";
import { nothingStale } from "./i13-nothing-stale.ts";
import { inOrder } from "./i14-order.ts";
import { oneBadObject } from "./i15-one-bad-object.ts";
import { bounded } from "./i16-bounded.ts";
import { chunked } from "./i17-chunks.ts";
import { auditWhole } from "./i18-audit.ts";
import { planWritesNothing } from "./i19-plan-writes-nothing.ts";
import { settleTime } from "./i20-time.ts";
import { readsEnd } from "./i21-ends.ts";
import { diskFaults } from "./i22-disk-faults.ts";
import { heldStays } from "./i23-held-stays.ts";
import { olderState, wrongState } from "./i24-wrong-state.ts";
import type { Invariant } from "./invariant.ts";

/** Everything that is checked in every seed. */
export const invariants: readonly Invariant[] = [
  oneAccount,
  converges,
  noAccessKept,
  rightMembers,
  nobodySwitchedOff,
  removalsLimited,
  memberRemovalsLimited,
  strangersUntouched,
  cursorWithRows,
  doubtEnds,
  writtenDownFirst,
  olderState,
  nothingStale,
  currentMembers,
  inOrder,
  oneBadObject,
  bounded,
  chunked,
  auditWhole,
  planWritesNothing,
  settleTime,
  readsEnd,
  diskFaults,
  heldStays,
  wrongState,
];
