import { answer } from "./held-answer.ts";
import type { Invocation } from "./invocation.ts";

/**
 * `rollcall held approve`: a person's yes to what is held, as it stands now. The next sync lets through what is still the same; what changed or
 * came later waits under a new hold.
 */
export async function run(invocation: Invocation): Promise<number> {
  return answer(invocation, "approve");
}
