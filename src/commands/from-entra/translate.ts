/** From an expression of Entra's to one of ours. */
import {
  asBool,
  asDate,
  asInt,
  asText,
  bool,
  type Cel,
  type CelType,
  literal,
  NotTranslatable,
  nothing,
  type Translation,
  tight,
  whole,
} from "./cel.ts";
import { type Comparison, type EntraNode, showEntra } from "./entra-expression.ts";
import { FUNCTIONS } from "./functions.ts";
import { sourceAttribute } from "./source-attributes.ts";

/** What the place needs that the value goes to: Entra keeps truth values as texts, we do not. */
export type Wanted = "bool" | "text" | "any";

/** Throws NotTranslatable. */
export function translate(node: EntraNode, wanted: Wanted, translation: Translation): Cel {
  const cel = plain(node, wanted, translation);
  if (wanted === "bool") return asBool(cel);
  return wanted === "text" ? asText(cel) : cel;
}

function plain(node: EntraNode, wanted: Wanted, translation: Translation): Cel {
  switch (node.type) {
    case "attribute":
      return sourceAttribute(node.name, translation);
    case "text":
      return literal(node.value);
    case "number":
      return whole(node.value);
    case "word":
      return wordOf(node.name);
    case "compare":
      return comparison(node, translation);
    default:
      return called(node, wanted, translation);
  }
}

function wordOf(name: string): Cel {
  if (/^(true|false)$/i.test(name)) return bool(/^true$/i.test(name));
  if (/^null$/i.test(name)) return nothing;
  throw new NotTranslatable(`the word ${name} means nothing here; put it in quotes if it is a text`);
}

const OPERATORS: Readonly<Record<Comparison, string>> = {
  "=": "==",
  "<>": "!=",
  ">": ">",
  ">=": ">=",
  "<": "<",
  "<=": "<=",
};

function comparison(node: EntraNode & { readonly type: "compare" }, translation: Translation): Cel {
  const sides = [plain(node.left, "any", translation), plain(node.right, "any", translation)] as const;
  const [left, right] = sameType(sides, node.operator);
  return { text: `${tight(left)} ${OPERATORS[node.operator]} ${tight(right)}`, type: "bool", loose: true };
}

/** Entra compares texts, and numbers where both sides are some; our types have to be the same. */
function sameType([left, right]: readonly [Cel, Cel], operator: Comparison): readonly [Cel, Cel] {
  const has = (type: CelType) => left.type === type || right.type === type;
  if (has("bool")) return [asBool(left), asBool(right)];
  if (has("time") || has("date")) return [asDate(left), asDate(right)];
  const isNumeric = (cel: Cel) =>
    cel.type === "int" || (cel.literal !== undefined && /^-?\d+$/.test(cel.literal));
  if (has("int") || ((isNumeric(left) || isNumeric(right)) && operator !== "=" && operator !== "<>"))
    return [asInt(left), asInt(right)];
  return [asText(left), asText(right)];
}

function called(node: EntraNode & { readonly type: "call" }, wanted: Wanted, translation: Translation): Cel {
  const translator = Object.hasOwn(FUNCTIONS, node.name) ? FUNCTIONS[node.name] : undefined;
  if (translator === undefined) {
    const other = Object.keys(FUNCTIONS).find((name) => name.toLowerCase() === node.name.toLowerCase());
    const meant = other === undefined ? "" : `; did you mean ${other}? (case counts)`;
    throw new NotTranslatable(`${node.name}() is no function that Entra documents for provisioning${meant}`);
  }
  return translator(new EntraCall(node, wanted, translation));
}

/** The arguments of one call, translated as the function asks for them. */
export class EntraCall {
  readonly name: string;
  readonly wanted: Wanted;
  readonly translation: Translation;
  readonly #args: readonly (EntraNode | undefined)[];

  constructor(node: EntraNode & { readonly type: "call" }, wanted: Wanted, translation: Translation) {
    this.name = node.name;
    this.wanted = wanted;
    this.translation = translation;
    this.#args = node.args;
  }

  get count(): number {
    return this.#args.length;
  }

  /** Throws when the call has fewer or more arguments. */
  takes(least: number, most = least): void {
    if (this.count >= least && this.count <= most) return;
    const expected =
      least === most
        ? `${least}`
        : most === Number.POSITIVE_INFINITY
          ? `at least ${least}`
          : `${least} to ${most}`;
    throw new NotTranslatable(`${this.name}() takes ${expected} arguments, this one has ${this.count}`);
  }

  has(index: number): boolean {
    return this.#args[index] !== undefined;
  }

  node(index: number): EntraNode | undefined {
    return this.#args[index];
  }

  any(index: number, wanted: Wanted = "any"): Cel {
    const node = this.#args[index];
    if (node === undefined) throw new NotTranslatable(`argument ${index + 1} of ${this.name}() is missing`);
    return translate(node, wanted, this.translation);
  }

  text(index: number): Cel {
    return this.any(index, "text");
  }

  int(index: number): Cel {
    return asInt(this.any(index));
  }

  /** A text that must be written out, or nothing where the argument is left out. */
  constant(index: number): string | undefined {
    const node = this.#args[index];
    if (node === undefined) return undefined;
    if (node.type === "text") return node.value;
    if (node.type === "number") return String(node.value);
    throw new NotTranslatable(
      `argument ${index + 1} of ${this.name}() has to be written out here, it is ${showEntra(node)}`,
    );
  }
}
