/**
 * Dates as text, in the custom format strings that admins know from .NET
 * (https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings), with English names. All times are UTC; a zone
 * in a text is taken into account when it is read.
 */
import { ConfigurationError } from "../errors.ts";
import { EvaluationFailure } from "./value.ts";

export interface DateFormat {
  /** Without a year nothing can be read. */
  readonly hasYear: boolean;
  write(time: Date): string;
  /** Throws EvaluationFailure when the text is no date of this form. */
  read(text: string): Date;
  /** The same, but undefined instead. */
  tryRead(text: string): Date | undefined;
}

/** What is read, bit by bit. */
interface Parts {
  /** 0: the form has none. */
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  half?: "am" | "pm";
  /** Minutes east of Greenwich. */
  offset: number;
}

interface Specifier {
  readonly write: (time: Date) => string;
  /** What it takes up in a text, as the source of a regular expression without groups. */
  readonly pattern: string;
  readonly read: (text: string, parts: Parts) => void;
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const short = (names: readonly string[]) => names.map((each) => each.slice(0, 3));

function number(
  pattern: string,
  digits: number,
  of: (time: Date) => number,
  read: (value: number, parts: Parts) => void,
): Specifier {
  return {
    write: (time) => String(of(time)).padStart(digits, "0"),
    pattern,
    read: (text, parts) => read(Number(text), parts),
  };
}

function name(
  names: readonly string[],
  of: (time: Date) => number,
  read: (at: number, parts: Parts) => void,
) {
  return {
    write: (time: Date) => names[of(time)] ?? "",
    pattern: names.join("|"),
    read: (text: string, parts: Parts) =>
      read(
        names.findIndex((each) => each.toLowerCase() === text.toLowerCase()),
        parts,
      ),
  };
}

/** `f` to `fffffff`: so many digits of the fraction; `F`: those without zeros at the end. */
function fraction(digits: number, isOptional: boolean): Specifier {
  return {
    write(time) {
      const all = String(time.getUTCMilliseconds()).padStart(3, "0").padEnd(7, "0").slice(0, digits);
      return isOptional ? all.replace(/0+$/, "") : all;
    },
    pattern: isOptional ? `\\d{0,${digits}}` : `\\d{${digits}}`,
    read(text, parts) {
      parts.ms = Math.trunc(Number(`0.${text === "" ? "0" : text}`) * 1000 + 1e-6);
    },
  };
}

function zone(written: string, pattern: string): Specifier {
  return {
    write: () => written,
    pattern,
    read(text, parts) {
      const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(text) ?? [];
      parts.offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    },
  };
}

const half = (length: number): Specifier => ({
  write: (time) => (time.getUTCHours() < 12 ? "AM" : "PM").slice(0, length),
  pattern: length === 1 ? "[AP]" : "[AP]M",
  read(text, parts) {
    parts.half = text.toUpperCase().startsWith("P") ? "pm" : "am";
  },
});

const year = (time: Date) => time.getUTCFullYear();
const month = (time: Date) => time.getUTCMonth() + 1;
const hour = (time: Date) => time.getUTCHours();
const hour12 = (time: Date) => hour(time) % 12 || 12;
const setYear = (value: number, parts: Parts) => {
  parts.year = value;
};
/** Of two digits: up to 2049, then from 1950. */
const setShortYear = (value: number, parts: Parts) => {
  parts.year = value + (value < 50 ? 2000 : 1900);
};
const setMonth = (value: number, parts: Parts) => {
  parts.month = value;
};
const setDay = (value: number, parts: Parts) => {
  parts.day = value;
};
const setHour = (value: number, parts: Parts) => {
  parts.hour = value;
};
const setMinute = (value: number, parts: Parts) => {
  parts.minute = value;
};
const setSecond = (value: number, parts: Parts) => {
  parts.second = value;
};
const ONE_OR_TWO = "\\d{1,2}";
const TWO = "\\d{2}";
const OFFSET = "[+-]\\d{1,2}:?\\d{2}";

const SPECIFIERS: Readonly<Record<string, Specifier>> = {
  yyyy: number("\\d{4}", 4, year, setYear),
  yy: number(TWO, 2, (time) => year(time) % 100, setShortYear),
  MMMM: name(
    MONTHS,
    (time) => time.getUTCMonth(),
    (at, parts) => setMonth(at + 1, parts),
  ),
  MMM: name(
    short(MONTHS),
    (time) => time.getUTCMonth(),
    (at, parts) => setMonth(at + 1, parts),
  ),
  MM: number(TWO, 2, month, setMonth),
  M: number(ONE_OR_TWO, 1, month, setMonth),
  dddd: name(
    DAYS,
    (time) => time.getUTCDay(),
    () => {},
  ),
  ddd: name(
    short(DAYS),
    (time) => time.getUTCDay(),
    () => {},
  ),
  dd: number(TWO, 2, (time) => time.getUTCDate(), setDay),
  d: number(ONE_OR_TWO, 1, (time) => time.getUTCDate(), setDay),
  HH: number(TWO, 2, hour, setHour),
  H: number(ONE_OR_TWO, 1, hour, setHour),
  hh: number(TWO, 2, hour12, setHour),
  h: number(ONE_OR_TWO, 1, hour12, setHour),
  mm: number(TWO, 2, (time) => time.getUTCMinutes(), setMinute),
  m: number(ONE_OR_TWO, 1, (time) => time.getUTCMinutes(), setMinute),
  ss: number(TWO, 2, (time) => time.getUTCSeconds(), setSecond),
  s: number(ONE_OR_TWO, 1, (time) => time.getUTCSeconds(), setSecond),
  tt: half(2),
  t: half(1),
  zzz: zone("+00:00", OFFSET),
  zz: zone("+00", "[+-]\\d{2}"),
  z: zone("+0", "[+-]\\d{1,2}"),
  K: zone("Z", `Z|${OFFSET}|`),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7].flatMap((n) => [
      ["f".repeat(n), fraction(n, false)],
      ["F".repeat(n), fraction(n, true)],
    ]),
  ),
};

/** The standard formats of one letter that are of use between systems. */
const STANDARD: Readonly<Record<string, string>> = {
  o: "yyyy-MM-ddTHH:mm:ss.fffffffK",
  O: "yyyy-MM-ddTHH:mm:ss.fffffffK",
  s: "yyyy-MM-ddTHH:mm:ss",
  u: "yyyy-MM-dd HH:mm:ssZ",
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  d: "MM/dd/yyyy",
};

/** Letters that mean something in .NET; all others stand for themselves. */
const RESERVED = /[dfFgHhKmMstyz]/;

/** Throws ConfigurationError with one sentence for what is no format. */
export function compileDateFormat(text: string): DateFormat {
  const pieces = piecesOf(STANDARD[text] ?? text);
  const source = pieces.map((each) =>
    typeof each === "string" ? escapedLiteral(each) : `(${each.pattern})`,
  );
  const whole = new RegExp(`^\\s*${source.join("")}\\s*$`, "i");
  const specifiers = pieces.filter((each) => typeof each !== "string");
  const hasYear = specifiers.some((each) => each === SPECIFIERS["yyyy"] || each === SPECIFIERS["yy"]);
  const tryRead = (subject: string): Date | undefined => {
    const match = subject.length > LONGEST ? null : whole.exec(subject);
    if (match === null) return undefined;
    const parts: Parts = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0, offset: 0 };
    for (const [index, each] of specifiers.entries()) each.read(match[index + 1] ?? "", parts);
    return timeOf(parts);
  };
  return {
    hasYear,
    write: (time) => pieces.map((each) => (typeof each === "string" ? each : each.write(time))).join(""),
    tryRead,
    read(subject) {
      const time = tryRead(subject);
      if (time === undefined) throw new EvaluationFailure(`the text is no date of the form ${text}`);
      return time;
    },
  };
}

/** No date is longer. */
const LONGEST = 200;

function piecesOf(text: string): readonly (string | Specifier)[] {
  const pieces: (string | Specifier)[] = [];
  const tokens = /'([^']*)'|"([^"]*)"|\\(.)|%|([A-Za-z])\4*|[\s\S]/gu;
  for (const [token, single, double, escaped, letter] of text.matchAll(tokens)) {
    const literal = single ?? double ?? escaped;
    if (literal !== undefined) pieces.push(literal);
    else if (token === "%") continue;
    else if (letter === undefined || !RESERVED.test(letter)) pieces.push(token);
    else {
      const specifier = SPECIFIERS[token];
      if (specifier === undefined)
        throw new ConfigurationError(`"${token}" means nothing in the format of a date`);
      pieces.push(specifier);
    }
  }
  if (!pieces.some((each) => typeof each !== "string"))
    throw new ConfigurationError(`"${text}" is no format of a date; expected something like yyyy-MM-dd`);
  return pieces;
}

function escapedLiteral(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Undefined for what no calendar has. */
function timeOf({ year, month, day, hour: read, minute, second, ms, half, offset }: Parts): Date | undefined {
  if (half !== undefined && (read < 1 || read > 12)) return undefined;
  const hours = half === undefined ? read : (read % 12) + (half === "pm" ? 12 : 0);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hours, minute, second, ms);
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  if (!isReal || year < 1 || hours > 23 || minute > 59 || second > 59) return undefined;
  return new Date(time.getTime() - offset * 60_000);
}
