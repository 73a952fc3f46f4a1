import { whoAmI } from "../connection.ts";
import type { Io } from "./invocation.ts";

/** Who typed the command, for the audit trail: also where a daemon runs it for them. */
export function actorOf({ guest }: Pick<Io, "guest">): string {
  return guest?.actor ?? whoAmI();
}
