/** Functions of Entra's that make a text of texts. */
import { asText, type Cel, call, literal, NotTranslatable } from "./cel.ts";
import type { Translator } from "./functions.ts";
import type { EntraCall } from "./translate.ts";

export const TEXT_FUNCTIONS: Readonly<Record<string, Translator>> = {
  Append: (entra) => {
    entra.takes(2);
    return call("append", [entra.text(0), entra.text(1)], "text");
  },
  ConvertToBase64: (entra) => simple(entra, "toBase64"),
  ConvertToUTF8Hex: (entra) => simple(entra, "toUtf8Hex"),
  InStr: (entra) => {
    entra.takes(2, 4);
    const how = entra.node(3);
    const compares = how?.type === "word" ? how.name : how?.type === "text" ? how.value : "vbBinaryCompare";
    const part = (index: number): Cel =>
      compares === "vbTextCompare" ? call("lower", [entra.text(index)], "text") : entra.text(index);
    if (!/^vb(Binary|Text)Compare$/.test(compares))
      throw new NotTranslatable(`InStr() knows no way to compare called ${compares}`);
    const start = entra.has(2) ? [entra.int(2)] : [];
    return call("position", [part(0), part(1), ...start], "int");
  },
  Join: (entra) => {
    entra.takes(2, Number.POSITIVE_INFINITY);
    const separator = entra.text(0);
    const parts = Array.from({ length: entra.count - 1 }, (_, index) => index + 1)
      .filter((index) => entra.has(index))
      .map((index) => entra.any(index))
      .map((part) => (part.type === "list" ? part : asText(part)));
    return call(
      "join",
      [separator, { text: `[${parts.map(({ text }) => text).join(", ")}]`, type: "list" }],
      "text",
    );
  },
  Left: (entra) => {
    entra.takes(2);
    return call("left", [entra.text(0), entra.int(1)], "text");
  },
  Mid: (entra) => {
    entra.takes(3);
    return call("mid", [entra.text(0), entra.int(1), entra.int(2)], "text");
  },
  NormalizeDiacritics: (entra) => simple(entra, "normalizeDiacritics"),
  PCase: (entra) => {
    entra.takes(1, 2);
    const separators = entra.has(1) ? [entra.text(1)] : [];
    return call("properCase", [entra.text(0), ...separators], "text");
  },
  Replace: replace,
  Split: (entra) => {
    entra.takes(2);
    return call("split", [entra.text(0), entra.text(1)], "list");
  },
  StripSpaces: (entra) => simple(entra, "stripSpaces"),
  ToLower: (entra) => cased(entra, "lower"),
  ToUpper: (entra) => cased(entra, "upper"),
  Trim: (entra) => simple(entra, "trim"),
  Word: (entra) => {
    entra.takes(3);
    return call("word", [entra.text(0), entra.int(1), entra.text(2)], "text");
  },
  Len: (entra) => {
    entra.takes(1);
    return call("size", [entra.text(0)], "int");
  },
};

function simple(entra: EntraCall, name: string): Cel {
  entra.takes(1);
  return call(name, [entra.text(0)], "text");
}

function cased(entra: EntraCall, name: string): Cel {
  entra.takes(1, 2);
  const culture = entra.constant(1);
  // .NET knows cultures by language and country; the rules of case are of the language.
  const language = culture === undefined || culture === "" ? [] : [literal(culture)];
  return call(name, [entra.text(0), ...language], "text");
}

/** Five functions in one, told apart by which arguments are there. */
function replace(entra: EntraCall): Cel {
  entra.takes(2, 7);
  const [oldValue, pattern, group, by, attribute, template] = [1, 2, 3, 4, 5, 6].map((index) =>
    entra.has(index),
  );
  if (oldValue && template) return call("fillIn", [entra.text(0), entra.text(1), entra.text(6)], "text");
  if (oldValue && by) return call("replace", [entra.text(0), entra.text(1), entra.text(4)], "text");
  if (pattern && group && attribute) {
    const found = call("reExtract", [entra.text(5), constant(entra, 2), constant(entra, 3)], "text");
    return call("coalesce", [entra.text(0), found], "text");
  }
  if (pattern && group && by)
    return call(
      "reReplaceGroup",
      [entra.text(0), constant(entra, 2), constant(entra, 3), entra.text(4)],
      "text",
    );
  if (pattern && by)
    return call("reReplace", [entra.text(0), constant(entra, 2), constant(entra, 4)], "text");
  throw new NotTranslatable(
    "Replace() needs oldValue with replacementValue or template, or regexPattern with replacementValue or replacementAttributeName",
  );
}

function constant(entra: EntraCall, index: number): Cel {
  return literal(entra.constant(index) ?? "");
}
