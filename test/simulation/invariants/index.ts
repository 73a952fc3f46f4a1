import { oneAccount } from "./i01-one-account.ts";
import { converges } from "./i02-converges.ts";
import { noAccessKept } from "./i03-no-access-kept.ts";
import { rightMembers } from "./i04-members.ts";
import { nobodySwitchedOff } from "./i05-nobody-switched-off.ts";
import type { Invariant } from "./invariant.ts";

/** Everything that is checked in every seed. */
export const invariants: readonly Invariant[] = [
  oneAccount,
  converges,
  noAccessKept,
  rightMembers,
  nobodySwitchedOff,
];
