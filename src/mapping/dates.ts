/** Calculating with times. All of it in UTC. */
import { ConfigurationError } from "../errors.ts";
import { compileDateFormat, type DateFormat } from "./date-format.ts";
import { EvaluationFailure } from "./value.ts";

export interface Unit {
  /** The time so many units later; earlier with a negative number. The 31st of a month that has none becomes its last day. */
  add(time: Date, count: number): Date;
  /** Units from one time to the other; negative when the second is earlier. */
  between(from: Date, to: Date): number;
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** As in Visual Basic: years, months and weeks are counted by the calendar, the others when they are over. */
const UNITS: Readonly<Record<string, Unit>> = {
  yyyy: {
    add: (time, count) => addMonths(time, 12 * count),
    between: (from, to) => to.getUTCFullYear() - from.getUTCFullYear(),
  },
  m: {
    add: addMonths,
    between: (from, to) =>
      12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth(),
  },
  ww: {
    add: (time, count) => valid(time.getTime() + 7 * DAY * count),
    between: (from, to) => Math.trunc((sunday(to) - sunday(from)) / (7 * DAY)),
  },
  d: ofLength(DAY),
  h: ofLength(3600 * SECOND),
  n: ofLength(60 * SECOND),
  s: ofLength(SECOND),
};

/** Throws ConfigurationError with one sentence for an unknown unit. */
export function unitNamed(name: string): Unit {
  const unit = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
  if (unit !== undefined) return unit;
  throw new ConfigurationError(
    `"${name}" is no unit of time, expected yyyy (years), m (months), ww (weeks), d, h, n (minutes) or s`,
  );
}

function ofLength(ms: number): Unit {
  return {
    add: (time, count) => valid(time.getTime() + ms * count),
    between: (from, to) => Math.trunc((to.getTime() - from.getTime()) / ms) + 0,
  };
}

function addMonths(time: Date, count: number): Date {
  const made = new Date(time);
  made.setUTCDate(1);
  made.setUTCMonth(made.getUTCMonth() + count);
  const last = new Date(Date.UTC(made.getUTCFullYear(), made.getUTCMonth() + 1, 0)).getUTCDate();
  made.setUTCDate(Math.min(time.getUTCDate(), last));
  return valid(made.getTime());
}

/** The same time of day on the Sunday that the week began with. */
function sunday(time: Date): number {
  return time.getTime() - time.getUTCDay() * DAY;
}

/** Years 1 to 9999, as every system can write them. */
function valid(ms: number): Date {
  const time = new Date(ms);
  const year = time.getUTCFullYear();
  if (Number.isNaN(year) || year < 1 || year > 9999)
    throw new EvaluationFailure("the time leaves the years 1 to 9999");
  return time;
}

/** Ticks of 100 ns between 1601-01-01, where Active Directory counts from, and 1970-01-01. */
const EPOCH = 116_444_736_000_000_000n;

/** Of a file time of Active Directory (100 ns since 1601). 0 and the largest number mean never: nothing. */
export function fromFileTime(ticks: bigint): Date | null {
  if (ticks <= 0n || ticks === 2n ** 63n - 1n) return null;
  return valid(Number((ticks - EPOCH) / 10_000n));
}

export function toFileTime(time: Date): bigint {
  return BigInt(time.getTime()) * 10_000n + EPOCH;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?))?\s?(Z|[+-]\d{2}:?\d{2})?$/i;
let american: readonly DateFormat[] | undefined;

/**
 * A time out of the usual forms: ISO 8601, with or without time and zone ("2020-03-16-07:00" too), and "M/d/yyyy", with or without
 * "h:mm:ss tt". Without a zone it is UTC. Throws EvaluationFailure.
 */
export function parseDate(written: string): Date {
  const text = written.length > 200 ? "" : written.trim();
  const [, day, clock = "00:00", zone = "Z"] = ISO.exec(text) ?? [];
  if (day !== undefined) return isoDate(day, clock, zone);
  american ??= [
    "M/d/yyyy",
    "M/d/yyyy h:mm:ss tt",
    "M/d/yyyy h:mm tt",
    "M/d/yyyy H:mm:ss",
    "M/d/yyyy H:mm",
  ].map(compileDateFormat);
  for (const format of american) {
    const time = format.tryRead(text);
    if (time !== undefined) return time;
  }
  throw notADate();
}

function isoDate(day: string, clock: string, zone: string): Date {
  const offset = /^z$/i.test(zone) ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const time = new Date(`${day}T${clock}${offset}`);
  // A day that its month does not have would be taken for one of the next month.
  const isReal = new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(-2));
  if (Number.isNaN(time.getTime()) || !isReal) throw notADate();
  return time;
}

function notADate(): EvaluationFailure {
  return new EvaluationFailure(
    "the text is no date such as 2026-11-22, 2026-11-22T08:00:00+01:00 or 11/22/2026 8:00:00 AM",
  );
}
