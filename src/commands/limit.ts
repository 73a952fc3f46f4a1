import { ConfigurationError } from "../errors.ts";
import { type Flags, textOf } from "./invocation.ts";

/** A whole number given on the command line; `0` means no limit where the option is one. */
export function numberOf(flags: Flags, name: string): number | undefined {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new ConfigurationError(`--${name} expects a whole number, got "${text}"`);
  }
  return Number(text);
}

/** The most to show: what was given, `otherwise` when nothing was, everything for 0. */
export function limitOf(flags: Flags, otherwise: number): number {
  const given = numberOf(flags, "limit") ?? otherwise;
  return given === 0 ? Number.POSITIVE_INFINITY : given;
}
