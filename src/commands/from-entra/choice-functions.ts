/** Functions of Entra's that choose between values. */
import { asBool, asText, type Cel, type CelType, call, NotTranslatable, nothing, tight } from "./cel.ts";
import type { Translator } from "./functions.ts";
import type { EntraCall } from "./translate.ts";
import { not } from "./value-functions.ts";

/** So many arguments coalesce() takes. */
const MOST = 16;

export const CHOICE_FUNCTIONS: Readonly<Record<string, Translator>> = {
  Coalesce: (entra) => {
    entra.takes(1, Number.POSITIVE_INFINITY);
    const indexes = Array.from({ length: entra.count }, (_, index) => index).filter((index) =>
      entra.has(index),
    );
    const values = alike(indexes.map((index) => entra.any(index, entra.wanted)));
    return firstOf(values);
  },
  IIF: (entra) => {
    entra.takes(3);
    const condition = entra.any(0, "bool");
    const [yes, no] = alike([branch(entra, 1), branch(entra, 2)]);
    return choice(condition, yes ?? nothing, no ?? nothing);
  },
  Switch: switched,
};

function firstOf(values: readonly Cel[]): Cel {
  const [first = nothing] = values;
  if (values.length === 1) return first;
  const last = values.length > MOST ? [firstOf(values.slice(MOST - 1))] : values.slice(MOST - 1);
  return call("coalesce", [...values.slice(0, MOST - 1), ...last], first.type);
}

function branch(entra: EntraCall, index: number): Cel {
  return entra.has(index) ? entra.any(index, entra.wanted) : nothing;
}

/** The two sides of a choice have one type: the same, or texts. */
function alike(values: readonly Cel[]): readonly Cel[] {
  const types = new Set(values.map(({ type }) => type).filter((type) => type !== "nothing"));
  return types.size <= 1 ? values : values.map(asText);
}

function typeOf(values: readonly Cel[]): CelType {
  return values.find(({ type }) => type !== "nothing")?.type ?? "nothing";
}

function choice(condition: Cel, yes: Cel, no: Cel): Cel {
  const type = typeOf([yes, no]);
  if (yes.text === no.text) return yes;
  if (yes.text === "true" && no.text === "false") return condition;
  if (yes.text === "false" && no.text === "true") return not(condition);
  // Only another choice would be read differently without brackets.
  const asked = condition.text.includes(" ? ") ? tight(condition) : condition.text;
  return { text: `${asked} ? ${tight(yes)} : ${tight(no)}`, type, loose: true };
}

/** Switch(source, default, key, value, ...) */
function switched(entra: EntraCall): Cel {
  entra.takes(4, Number.POSITIVE_INFINITY);
  if (entra.count % 2 === 1)
    throw new NotTranslatable("Switch() needs a value for each key, the last one has none");
  const source = entra.any(0);
  const indexes = Array.from({ length: Math.floor((entra.count - 2) / 2) }, (_, pair) => 2 + pair * 2);
  const values = alike([branch(entra, 1), ...indexes.map((index) => branch(entra, index + 1))]);
  const [otherwise = nothing, ...results] = values;
  const cases = indexes.map((index, at) => ({
    key: entra.has(index) ? entra.any(index) : nothing,
    value: results[at] ?? nothing,
  }));
  // The first of several equal keys counts.
  const distinct = cases.filter(
    ({ key }, at) => cases.findIndex((each) => each.key.text === key.text) === at,
  );
  if (source.type === "bool") return byTruth(source, distinct, otherwise);
  if (
    distinct.some(
      ({ key }) =>
        key.literal === undefined && key.type !== "nothing" && key.type !== "int" && key.type !== "bool",
    )
  )
    return byComparing(asText(source), distinct, otherwise);
  // An empty text as key means those who have no value, to Entra and to lookup().
  const table = distinct.map(
    ({ key, value }) => `${key.type === "nothing" ? '""' : asText(key).text}: ${value.text}`,
  );
  const args = `{${table.join(", ")}}, ${asText(source).text}, ${otherwise.text}`;
  return { text: `lookup(${args})`, type: typeOf(values) };
}

interface Case {
  readonly key: Cel;
  readonly value: Cel;
}

/** A truth value is "True" or "False" to Entra, and a person who has none matches neither. */
function byTruth(source: Cel, cases: readonly Case[], otherwise: Cel): Cel {
  if (cases.some(({ key }) => key.type === "bool" && asText(key).literal === undefined))
    return byComparing(source, cases, otherwise);
  const when = (word: string) =>
    cases.find(({ key }) => asText(key).literal?.toLowerCase() === word)?.value ?? otherwise;
  const [yes, no] = [when("true"), when("false")];
  const mayBeAbsent = /^\w+\.(?!accountEnabled$)\w+$/.test(source.text) && no.text !== otherwise.text;
  const chosen = choice(source, yes, no);
  return mayBeAbsent
    ? choice({ text: `${source.text} == null`, type: "bool", loose: true }, otherwise, chosen)
    : chosen;
}

function byComparing(source: Cel, cases: readonly Case[], otherwise: Cel): Cel {
  return cases.toReversed().reduce((rest, { key, value }) => {
    const [left, right] = source.type === "bool" ? [source, asBool(key)] : [source, asText(key)];
    const condition: Cel = { text: `${tight(left)} == ${tight(right)}`, type: "bool", loose: true };
    return choice(condition, value, rest);
  }, otherwise);
}
