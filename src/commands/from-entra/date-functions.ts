/** Functions of Entra's on dates, and those that give something new each time. */
import { asDate, type Cel, call, literal, NotTranslatable } from "./cel.ts";
import type { Translator } from "./functions.ts";
import type { EntraCall } from "./translate.ts";

export const DATE_FUNCTIONS: Readonly<Record<string, Translator>> = {
  CDate: (entra) => {
    entra.takes(1);
    return asDate(entra.any(0));
  },
  DateAdd: (entra) => {
    entra.takes(3);
    return call("dateAdd", [unit(entra), entra.int(1), asDate(entra.any(2))], "date");
  },
  DateDiff: (entra) => {
    entra.takes(3);
    return call("dateDiff", [unit(entra), asDate(entra.any(1)), asDate(entra.any(2))], "int");
  },
  DateFromNum: (entra) => {
    entra.takes(1);
    return call("dateFromNum", [entra.int(0)], "date");
  },
  FormatDateTime: (entra) => {
    entra.takes(4);
    const [styles, from, to] = [entra.constant(1), entra.constant(2), entra.constant(3)];
    if (styles !== undefined && styles !== "")
      entra.translation.differs(
        `the date styles "${styles}" of FormatDateTime() are not taken over: dates are read with spaces around them or not, and as UTC where they name no zone`,
      );
    if (to === undefined || to === "")
      throw new NotTranslatable("FormatDateTime() does not say the format to write");
    const source = entra.any(0);
    if (source.type === "time" || source.type === "date")
      return call("formatDateTime", [source, literal(to)], "text");
    if (from === undefined || from === "")
      return call("formatDateTime", [asDate(source), literal(to)], "text");
    return call("formatDateTime", [entra.text(0), literal(from), literal(to)], "text");
  },
  NumFromDate: (entra) => {
    entra.takes(1);
    return call("numFromDate", [asDate(entra.any(0))], "int");
  },
  Guid: (entra) => {
    entra.takes(0);
    entra.translation.onceOnly();
    return call("guid", [], "text");
  },
  Now: (entra) => {
    entra.takes(0);
    entra.translation.onceOnly();
    return call("now", [], "date");
  },
  RandomString: (entra) => {
    entra.takes(5, 6);
    entra.translation.onceOnly();
    const numbers = [0, 1, 2, 3, 4].map((index) => entra.int(index));
    const avoided = entra.has(5) ? [entra.text(5)] : [];
    return call("randomString", [...numbers, ...avoided], "text");
  },
};

function unit(entra: EntraCall): Cel {
  const name = entra.constant(0) ?? "";
  if (!/^(yyyy|m|d|ww|h|n|s)$/.test(name))
    throw new NotTranslatable(`${entra.name}() knows no interval "${name}", only yyyy, m, d, ww, h, n and s`);
  return literal(name);
}
