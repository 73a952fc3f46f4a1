/** A YAML file as plain values that still know where they stand. YAML 1.2 core schema; nothing that surprises or explodes. */
import { LineCounter, parseDocument } from "yaml";
import { codeFrame, type Range } from "./frame.ts";
import { formatKeys, type Keys, placeKey } from "./keys.ts";
import type { Problem } from "./problem.ts";
import { escapeInvisible } from "./show.ts";
import { syntaxProblem } from "./syntax.ts";
import { type Place, toValue } from "./value.ts";

export interface Spot {
  /** The key of a pair, or (default) its value. */
  readonly at?: "key" | "value";
  /** Characters into the value's text (an expression), and how many of them are meant. */
  readonly offset?: number;
  readonly length?: number;
  /** The value may be a secret: the frame leaves it out. */
  readonly hide?: boolean;
}

export interface YamlDocument {
  readonly file: string;
  readonly text: string;
  /** Objects, arrays and scalars; undefined when the file does not parse. */
  readonly value: unknown;
  /** A problem at the place that `keys` lead to, or at the nearest key above that exists. */
  problem(keys: Keys, message: string, spot?: Spot): Problem;
  /** file:line:column of a value. */
  where(keys: Keys): string;
}

/** A document, or what is wrong with it. */
interface Parsed {
  readonly document: YamlDocument;
  readonly problems: readonly Problem[];
}

/** A command looks into the configuration for the daemon's place before it loads all of it. */
let last: Parsed | undefined;

/** Parses the text; what is wrong with it as YAML comes as problems, all at once, and then there is no value. */
export function readDocument(file: string, text: string): Parsed {
  if (last?.document.file !== file || last.document.text !== text) last = parse(file, text);
  return last;
}

function parse(file: string, text: string): Parsed {
  const counter = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: true,
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    resolveKnownTags: false,
  });
  const places = new Map<string, Place>();
  const hidden: Range[] = [];
  const locate = (keys: Keys, range: Range, message: string, hide: readonly Range[] = []): Problem => {
    const start = Math.min(range[0], text.length);
    const { line, col } = counter.linePos(start);
    return {
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path: formatKeys(keys),
      message: escapeInvisible(message),
      frame: text === "" ? "" : codeFrame(text, Math.max(line, 1), [start, range[1]], [...hidden, ...hide]),
    };
  };
  const syntax = [...parsed.errors, ...parsed.warnings].map((each) => {
    const { range, message } = syntaxProblem(each, text, parsed);
    return locate([], range, message);
  });
  const walked = syntax.length > 0 ? undefined : toValue(parsed, places, hidden);
  const problems = [
    ...syntax,
    ...(walked?.problems ?? []).map((each) => locate(each.keys, each.range, each.message)),
  ];
  const document: YamlDocument = {
    file,
    text,
    value: problems.length > 0 ? undefined : walked?.value,
    problem(keys, message, spot = {}) {
      const place = nearestPlace(places, keys);
      const exists = places.has(placeKey(keys));
      // Missing from the file as a whole: no line of it is to blame.
      if (!exists && place.key === undefined) return { ...locate(keys, [0, 0], message), frame: "" };
      const range = spotRange(text, place, spot, exists);
      return locate(keys, range, message, spot.hide === true && place.value ? [place.value] : []);
    },
    where(keys) {
      const place = nearestPlace(places, keys);
      const { line, col } = counter.linePos((place.value ?? place.key ?? [0, 0])[0]);
      return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
    },
  };
  return { document, problems };
}

function nearestPlace(places: ReadonlyMap<string, Place>, keys: Keys): Place {
  for (let length = keys.length; length >= 0; length--) {
    const place = places.get(placeKey(keys.slice(0, length)));
    if (place !== undefined) return place;
  }
  return {};
}

function spotRange(text: string, place: Place, spot: Spot, exists: boolean): Range {
  // What is missing is missing from the thing above: point at its key, not at everything that it holds.
  if (!exists || spot.at === "key") return place.key ?? firstLine(text, place.value ?? [0, 0]);
  const value = place.value ?? place.key ?? [0, 0];
  if (spot.offset === undefined)
    return firstLine(text, place.scalar === undefined ? (place.key ?? value) : value);
  const start = align(text, place, spot.offset);
  return [start, Math.max(start + 1, align(text, place, spot.offset + (spot.length ?? 1) - 1) + 1)];
}

function firstLine(text: string, range: Range): Range {
  const newline = text.indexOf("\n", range[0]);
  return [range[0], newline === -1 ? range[1] : Math.min(range[1], newline)];
}

/**
 * Where the n-th character of a scalar's value stands in the file. Quotes, escapes, indentation and folding make the source longer than
 * the value, never reorder it: so both are walked side by side.
 */
function align(text: string, place: Place, offset: number): number {
  const [start, end] = place.value ?? [0, 0];
  const value = place.scalar ?? "";
  // A block begins with a header line (| or >), a quoted text with its quote.
  let at = place.form === "block" ? text.indexOf("\n", start) + 1 : start + (place.form === "quoted" ? 1 : 0);
  let last = at;
  for (let index = 0; index < Math.min(value.length, offset + 1); index++) {
    const wanted = value[index] ?? "";
    while (at < end && !sameCharacter(text[at] ?? "", wanted)) at++;
    last = at;
    at++;
  }
  return offset < value.length ? last : Math.min(last + 1, end);
}

function sameCharacter(source: string, wanted: string): boolean {
  return source === wanted || (/\s/.test(wanted) && /\s/.test(source));
}
