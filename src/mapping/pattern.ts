/** Regular expressions in linear time (RE2 syntax): an admin's pattern must not be able to stop the daemon. */
import { RE2JS, RE2JSException } from "re2js";
import { ConfigurationError } from "../errors.ts";

const LONGEST_PATTERN = 1000;

export interface Pattern {
  /** How many groups there are to refer to. */
  readonly groups: number;
  /** Found anywhere in the text. */
  found(text: string): boolean;
  /** Every match replaced; in the replacement `$1` and `$<name>` are groups, `$$` is a dollar. */
  replaceAll(text: string, replacement: string): string;
}

/** Throws ConfigurationError with one sentence when the pattern is not RE2 (look-around and back references are not). */
export function compilePattern(text: string): Pattern {
  if (text.length > LONGEST_PATTERN)
    throw new ConfigurationError(`the pattern is longer than ${LONGEST_PATTERN} characters`);
  const compiled = compile(text);
  return {
    groups: compiled.groupCount(),
    found: (subject) => compiled.matcher(subject).find(),
    replaceAll: (subject, replacement) => compiled.matcher(subject).replaceAll(replacement),
  };
}

function compile(text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new ConfigurationError(
      `not a pattern in RE2 syntax (look-around and back references are not part of it): ${error.message}`,
      { cause: error },
    );
  }
}
