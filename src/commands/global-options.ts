import type { OptionDefinition } from "./invocation.ts";

/** Options that every command takes. */
export const globalOptions: readonly OptionDefinition[] = [
  ["--config <file>", "configuration (default: config/rollcall.yaml, /etc/rollcall/rollcall.yaml)"],
  ["--json", "machine-readable output on standard output"],
  ["--quiet", "no progress and no summary, only problems"],
  ["--verbose", "more detail, and debug lines on standard error"],
];
