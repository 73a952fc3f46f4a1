import { answer } from "./held-answer.ts";
import type { Invocation } from "./invocation.ts";

/** `rollcall held reject`: a person's no to what is held, as it stands now: it is not sent, and nobody is asked again while the same is wanted. */
export async function run(invocation: Invocation): Promise<number> {
  return answer(invocation, "reject");
}
