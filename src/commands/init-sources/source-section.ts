import type { Entry, Form } from "../init-form.ts";

/** How `rollcall init` asks for a source, and what it writes of it. */
export interface SourceSection {
  /** Name of the source in the configuration. */
  readonly name: string;
  /** Flags that only this source has: whoever gives one means it. */
  readonly flags: readonly string[];
  ask(form: Form): Promise<readonly Entry[]>;
  /** Who is synchronised without a rule. */
  readonly everybody: string;
  /** Examples of a scope, as comments. */
  readonly scope: { readonly users: string; readonly groups: string };
}
