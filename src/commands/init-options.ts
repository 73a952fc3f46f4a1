import type { OptionDefinition } from "./invocation.ts";

/** What `rollcall init` may be told instead of asking for it: of each source and target only what it needs. */
export const initOptions: readonly OptionDefinition[] = [
      [
        "--source <type>",
        "active-directory, entra or okta; not needed with a flag that only one of them has",
  ];
