/** Functions on times. */
import { ConfigurationError } from "../errors.ts";
import { compileDateFormat, type DateFormat } from "./date-format.ts";
import { fromFileTime, parseDate, toFileTime, unitNamed } from "./dates.ts";
import {
  declare,
  declareBound,
  type FunctionEntry,
  fromLiteral,
  text,
  time,
  whole,
} from "./function-entry.ts";

const TIME = "google.protobuf.Timestamp";

export const DATE_FUNCTIONS: readonly FunctionEntry[] = [
  declare(
    "parseDate",
    `string -> ${TIME}`,
    "A time out of text: ISO 8601 with or without time and zone, or M/d/yyyy h:mm:ss tt. Without a zone it is UTC.",
    ([s]) => parseDate(text(s)),
    { entra: "CDate" },
  ),
  declareBound(
    "parseDate",
    `string, string -> ${TIME}`,
    "A time out of text of the form that the second argument says, in the letters of .NET.",
    [1],
    ([format = ""]) => {
      const { read } = fromLiteral(0, () => readable(format));
      return ([s]) => read(text(s));
    },
    { entra: "FormatDateTime" },
  ),
  declareBound(
    "formatDateTime",
    `${TIME}, string -> string`,
    "A time as text, in UTC.",
    [1],
    ([format = ""]) => {
      const { write } = fromLiteral(0, () => compileDateFormat(format));
      return ([at]) => {
        const moment = time(at);
        return moment === undefined ? null : write(moment);
      };
    },
    { entra: "FormatDateTime" },
  ),
  declareBound(
    "formatDateTime",
    "string, string, string -> string",
    "A time in text of one form (second argument) as text of another form (third), in UTC.",
    [1, 2],
    ([from = "", to = ""]) => {
      const { read } = fromLiteral(0, () => readable(from));
      const { write } = fromLiteral(1, () => compileDateFormat(to));
      return ([s]) => write(read(text(s)));
    },
    { entra: "FormatDateTime" },
  ),
  declareBound(
    "dateAdd",
    `string, int, ${TIME} -> ${TIME}`,
    "The time so many units later: yyyy, m (months), ww, d, h, n (minutes), s. Nothing of nothing.",
    [0],
    ([name = ""]) => {
      const unit = fromLiteral(0, () => unitNamed(name));
      return ([, count, at]) => {
        const moment = time(at);
        return moment === undefined ? null : unit.add(moment, whole(count));
      };
    },
    { entra: "DateAdd" },
  ),
  declareBound(
    "dateDiff",
    `string, ${TIME}, ${TIME} -> int`,
    "Units from one time to another. Years, months and weeks by the calendar, the others when they are over.",
    [0],
    ([name = ""]) => {
      const unit = fromLiteral(0, () => unitNamed(name));
      return ([, a, b]) => {
        const [from, to] = [time(a), time(b)];
        return from === undefined || to === undefined ? null : BigInt(unit.between(from, to));
      };
    },
    { entra: "DateDiff" },
  ),
  declare(
    "dateFromNum",
    `int -> ${TIME}`,
    "The time of a number of Active Directory (100 ns since 1601); nothing of 0 and of the number for never.",
    ([ticks]) => (typeof ticks === "bigint" ? fromFileTime(ticks) : null),
    { entra: "DateFromNum" },
  ),
  declare(
    "numFromDate",
    `${TIME} -> int`,
    "The number that Active Directory has for a time.",
    ([at]) => {
      const moment = time(at);
      return moment === undefined ? null : toFileTime(moment);
    },
    { entra: "NumFromDate" },
  ),
];

function readable(text: string): DateFormat {
  const format = compileDateFormat(text);
  if (!format.hasYear) throw new ConfigurationError(`a date cannot be read by "${text}": it has no year`);
  return format;
}
