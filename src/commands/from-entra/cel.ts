/** Pieces of an expression of ours while one of Entra's is translated: text, type, and how tightly it holds together. */
import type { Language } from "../../mapping/expression.ts";

/** A time is an attribute of the directory; a date was made by a function, and Entra hands it on as a text of one form. */
export type CelType = "text" | "bool" | "int" | "time" | "date" | "list" | "reference" | "any" | "nothing";

export interface Cel {
  readonly text: string;
  readonly type: CelType;
  /** Needs brackets beside an operator. */
  readonly loose?: boolean;
  /** Set for a text that stands there literally. */
  readonly literal?: string;
}

/** A part of Entra's configuration that has no counterpart; the message says why and what to do instead. */
export class NotTranslatable extends Error {}

/** What becomes of a translation besides its text. */
export interface Translation {
  readonly language: Language;
  /** Something works here in another way than in Entra, one sentence. */
  differs(message: string): void;
  /** The value is a new one each time, so it may only be given once, when the account is made. */
  onceOnly(): void;
}

export function literal(value: string): Cel {
  return { text: quoted(value), type: "text", literal: value };
}

export const nothing: Cel = { text: "null", type: "nothing" };

export function bool(value: boolean): Cel {
  return { text: String(value), type: "bool" };
}

export function whole(value: bigint): Cel {
  return { text: String(value), type: "int" };
}

/** A call of one of our functions. */
export function call(name: string, args: readonly Cel[], type: CelType): Cel {
  return { text: `${name}(${args.map((each) => each.text).join(", ")})`, type };
}

/** As an operand of an operator or the receiver of a method. */
export function tight({ text, loose }: Cel): string {
  return loose ? `(${text})` : text;
}

/** Everything that could not be seen in a file stands there as its code. */
function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e\u00a0-\u024f\u0370-\u058f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How Now(), CDate() and DateAdd() write a date. */
const ENTRA_DATE = "M/d/yyyy h:mm:ss tt";

/** As a text of Entra's: truth values are True and False there. */
export function asText(cel: Cel): Cel {
  switch (cel.type) {
    case "text":
    case "any":
    case "nothing":
      return cel;
    case "bool":
      if (cel.text === "true" || cel.text === "false") return literal(cel.text === "true" ? "True" : "False");
      return { text: `${tight(cel)} ? "True" : "False"`, type: "text", loose: true };
    case "int":
      return /^-?\d+$/.test(cel.text) ? literal(cel.text) : call("string", [cel], "text");
    case "time":
      return call("string", [cel], "text");
    case "date":
      return call("formatDateTime", [cel, literal(ENTRA_DATE)], "text");
    case "list":
      throw new NotTranslatable(
        "several values stand where one text is expected; take one with Item() or join them with Join()",
      );
    default:
      throw new NotTranslatable("a reference to a person cannot be made a text of");
  }
}

export function asBool(cel: Cel): Cel {
  switch (cel.type) {
    case "bool":
      return cel;
    case "nothing":
      return bool(false);
    case "int":
      return { text: `${tight(cel)} != 0`, type: "bool", loose: true };
    case "text":
      if (cel.literal !== undefined) return bool(!/^(false|0|)$/i.test(cel.literal.trim()));
      return call("bool", [cel], "bool");
    case "any":
      return call("bool", [cel], "bool");
    default:
      throw new NotTranslatable("a condition is expected to be true or false");
  }
}

export function asInt(cel: Cel): Cel {
  if (cel.type === "int") return cel;
  if (cel.literal !== undefined) {
    if (/^[+-]?\d{1,18}$/.test(cel.literal.trim()))
      return whole(BigInt(cel.literal.trim().replace(/^\+/, "")));
    throw new NotTranslatable(`expected a whole number, got "${cel.literal}"`);
  }
  if (cel.type === "text" || cel.type === "any") return call("int", [cel], "int");
  throw new NotTranslatable("a whole number is expected");
}

export function asList(cel: Cel): Cel {
  if (cel.type === "list" || cel.type === "any") return cel;
  if (cel.type === "text") return { text: `[${cel.text}]`, type: "list" };
  throw new NotTranslatable("several values are expected");
}

export function asDate(cel: Cel): Cel {
  if (cel.type === "time" || cel.type === "date") return cel;
  return call("parseDate", [asText(cel)], "date");
}
