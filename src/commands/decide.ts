import { ConfigurationError } from "../errors.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";

/** Whether what a person asks for is to be done: without --yes it is only shown. */
export function isForReal({ flags }: Invocation): boolean {
  return isSet(flags, "yes");
}

/** Why a person does something by hand, for the audit trail: asked for on a terminal, "" where nothing is done. */
export async function reasonFor(invocation: Invocation, question: string): Promise<string> {
  return isForReal(invocation) ? reasonOf(invocation, question) : "";
}

/** The same for what is done at once. */
export async function reasonOf({ flags, io }: Invocation, question: string): Promise<string> {
  const given = textOf(flags, "reason") ?? (await io.ask?.(`${question} `));
  const reason = given?.trim() ?? "";
  if (reason === "") {
    throw new ConfigurationError("this needs a reason", {
      hint: 'add --reason "..."; it is kept in the audit trail',
    });
  }
  return reason;
}

/** The last words of a dry run. */
export const dryRun = "Nothing was written: this was a dry run. To do it, add: --yes";
