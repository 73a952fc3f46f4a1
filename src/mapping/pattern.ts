/** Regular expressions (RE2 syntax) whose work is bounded: neither an admin's pattern nor a person's value must be able to stop the daemon. */
import { type Matcher, RE2JS, RE2JSException } from "re2js";
import { ConfigurationError } from "../errors.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import { EvaluationFailure, Growing } from "./value.ts";

const LONGEST_PATTERN = 1000;

/** Characters that the searches after the first may look at in vain, times instructions of the pattern: about a second of work. */
const MOST_WORK = 2 ** 25;

/** Letters, escapes and classes in a row, the last of them perhaps repeated (`\s+`): where a match ends is known one character later. */
const DECIDED_AT_ONCE = /^(?:[^\\[\](){}|?*+^$]|\\[^pPxQ]|\[\^?(?:[^\\[\]]|\\[^pPxQ])+\])+[*+]?$/;

/** A compiled pattern. Groups are meant by name or number; what names none throws ConfigurationError with one sentence. */
export interface Pattern {
  /** Found anywhere in the text. */
  found(text: string): boolean;
  /** Every match replaced; in the replacement `$1`, `$<name>` and `${name}` are groups, `$$` is a dollar. */
  replacer(replacement: string): (text: string) => string;
  /** What the group holds in every match replaced, literally; the rest of the match stays. */
  groupReplacer(group: string): (text: string, by: string) => string;
  /** What the group holds in the first match; null where there is none, or the group took no part in it. */
  extractor(group: string): (text: string) => string | null;
}

/** Throws ConfigurationError with one sentence when the pattern is not RE2 (look-around and back references are not). */
export function compilePattern(text: string): Pattern {
  if (text.length > LONGEST_PATTERN)
    throw new ConfigurationError(`the pattern is longer than ${LONGEST_PATTERN} characters`);
  const compiled = compile(text);
  return {
    found: (subject) => compiled.matcher(subject).find(),
    replacer(replacement) {
      const parts = replacementParts(compiled, replacement);
      return (subject) => replaceMatches(compiled, parts, subject);
    },
    groupReplacer(group) {
      const number = groupNumber(compiled, group);
      return (subject, by) => replaceGroup(compiled, number, subject, by);
    },
    extractor(group) {
      const number = groupNumber(compiled, group);
      return (subject) => {
        const matcher = compiled.matcher(subject);
        return matcher.find() ? matcher.group(number) : null;
      };
    },
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

/**
 * Every match in turn. One search is linear; but a match may end long before what was looked at for it (`x(.*y)?` where there is no y), and the
 * next search looks at that again. Throws EvaluationFailure when this becomes too much.
 */
function* matchesOf(compiled: RE2JS, subject: string): Iterable<Matcher> {
  const matcher = compiled.matcher(subject);
  const size = compiled.programSize();
  const source = compiled.pattern();
  const farthest = DECIDED_AT_ONCE.test(source) ? source.length : subject.length;
  let left = MOST_WORK + subject.length * size;
  while (matcher.find()) {
    yield matcher;
    left -= Math.min(subject.length - matcher.end(), farthest) * size;
    if (left < 0)
      throw new EvaluationFailure("the text is too long to look for this pattern in it again and again");
  }
}

function replaceGroup(compiled: RE2JS, group: number, subject: string, by: string): string {
  const made = new Growing();
  let end = 0;
  for (const matcher of matchesOf(compiled, subject)) {
    const start = matcher.start(group);
    if (start < end) continue;
    made.add(subject.slice(end, start));
    made.add(by);
    end = matcher.end(group);
  }
  made.add(subject.slice(end));
  return made.toString();
}

function replaceMatches(compiled: RE2JS, parts: readonly (string | number)[], subject: string): string {
  const made = new Growing();
  let end = 0;
  for (const matcher of matchesOf(compiled, subject)) {
    made.add(subject.slice(end, matcher.start()));
    for (const part of parts) made.add(typeof part === "string" ? part : (matcher.group(part) ?? ""));
    end = matcher.end();
  }
  made.add(subject.slice(end));
  return made.toString();
}

/** Literal text and numbers of groups. A reference to a group that is not there would otherwise end up in somebody's name. */
function replacementParts(compiled: RE2JS, replacement: string): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  let end = 0;
  for (const match of replacement.matchAll(/\$(?:\$|(\d{1,2})|<([^>]*)>|\{([^}]*)\})/g)) {
    const [written, number, angled, braced] = match;
    const group = number ?? angled ?? braced;
    parts.push(replacement.slice(end, match.index));
    parts.push(group === undefined ? "$" : groupNumber(compiled, group, written));
    end = match.index + written.length;
  }
  return [...parts, replacement.slice(end)].filter((each) => each !== "");
}

function groupNumber(compiled: RE2JS, group: string, written = group): number {
  const count = compiled.groupCount();
  const named = compiled.namedGroups();
  const number = /^\d{1,2}$/.test(group) ? Number(group) : named[group];
  if (number !== undefined && number <= count) return number;
  const names = Object.keys(named);
  const known = names.length === 0 ? "" : ` (${listNames(names)})${didYouMean(group, names)}`;
  throw new ConfigurationError(
    `${written}: the pattern has ${count} ${count === 1 ? "group" : "groups"}${known}`,
  );
}
