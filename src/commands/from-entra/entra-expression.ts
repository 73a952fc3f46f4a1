/**
 * The expression language of Entra's attribute mappings, as text: `IIF([country]="USA", Left([city], 3), "")`. Names are case-sensitive, a text
 * stands in double quotes with \ before " and \, an argument may be left out between two commas.
 * https://learn.microsoft.com/entra/identity/app-provisioning/functions-for-customizing-application-data
 */

export type EntraNode =
  | { readonly type: "attribute"; readonly name: string }
  | { readonly type: "text"; readonly value: string }
  /** A number outside quotes, such as 3, -1 or &HF7. */
  | { readonly type: "number"; readonly value: bigint }
  /** A bare word, such as vbBinaryCompare or True. */
  | { readonly type: "word"; readonly name: string }
  | { readonly type: "call"; readonly name: string; readonly args: readonly (EntraNode | undefined)[] }
  | {
      readonly type: "compare";
      readonly operator: Comparison;
      readonly left: EntraNode;
      readonly right: EntraNode;
    };

export type Comparison = "=" | "<>" | ">" | ">=" | "<" | "<=";

/** What is wrong with an expression, as the rest of a sentence. */
export class NotAnExpression extends Error {}

/** Entra's own limit, in characters. https://learn.microsoft.com/entra/identity/app-provisioning/known-issues */
const LONGEST = 10_000;
const DEEPEST = 50;

const TOKEN =
  /\s*(?:(\[[^\]]*\])|("(?:[^"\\]|\\[\s\S])*")|(&[Hh][0-9A-Fa-f]{1,15}|-?\d{1,19}(?![\w.]))|([A-Za-z_][A-Za-z0-9_]*)|(<>|>=|<=|[=<>(),]))/y;

/** Throws NotAnExpression. */
export function parseEntraExpression(text: string): EntraNode {
  if (text.length > LONGEST) throw new NotAnExpression(`the expression is longer than ${LONGEST} characters`);
  const parser = new Parser(text);
  const node = parser.expression(0);
  parser.end();
  return node;
}

type Token = {
  readonly kind: "attribute" | "text" | "number" | "name" | "sign";
  readonly text: string;
  readonly at: number;
};

class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
    this.#length = text.length;
  }

  expression(depth: number): EntraNode {
    if (depth > DEEPEST)
      throw new NotAnExpression(`functions stand inside each other more than ${DEEPEST} deep`);
    const left = this.#operand(depth);
    const operator = this.#peek();
    if (operator === undefined || !isComparison(operator.text) || operator.kind !== "sign") return left;
    this.#next += 1;
    return { type: "compare", operator: operator.text, left, right: this.#operand(depth) };
  }

  end(): void {
    const rest = this.#peek();
    if (rest !== undefined)
      throw new NotAnExpression(`${rest.text} at character ${rest.at + 1} was not expected`);
  }

  #operand(depth: number): EntraNode {
    const token = this.#tokens[this.#next];
    if (token === undefined)
      throw new NotAnExpression(`it ends at character ${this.#length} where a value was expected`);
    this.#next += 1;
    switch (token.kind) {
      case "attribute":
        return { type: "attribute", name: token.text.slice(1, -1).trim() };
      case "text":
        return { type: "text", value: token.text.slice(1, -1).replace(/\\(["\\])/g, "$1") };
      case "number":
        return { type: "number", value: numberOf(token.text) };
      case "name":
        return this.#isSign("(") ? this.#call(token.text, depth) : { type: "word", name: token.text };
      default:
        throw new NotAnExpression(`${token.text} at character ${token.at + 1} was not expected`);
    }
  }

  #call(name: string, depth: number): EntraNode {
    this.#next += 1;
    const args: (EntraNode | undefined)[] = [];
    if (this.#isSign(")")) {
      this.#next += 1;
      return { type: "call", name, args };
    }
    for (;;) {
      args.push(this.#isSign(",") || this.#isSign(")") ? undefined : this.expression(depth + 1));
      const sign = this.#tokens[this.#next];
      if (sign === undefined || sign.kind !== "sign" || (sign.text !== "," && sign.text !== ")")) {
        const place =
          sign === undefined ? `it ends at character ${this.#length}` : `at character ${sign.at + 1}`;
        throw new NotAnExpression(`${place}, expected "," or ")" of ${name}(`);
      }
      this.#next += 1;
      if (sign.text === ")") return { type: "call", name, args };
    }
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #isSign(text: string): boolean {
    const token = this.#peek();
    return token?.kind === "sign" && token.text === text;
  }
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new NotAnExpression(unreadable(text, from));
    const kinds = ["attribute", "text", "number", "name", "sign"] as const;
    const index = kinds.findIndex((_, at) => match[at + 1] !== undefined);
    const token = match[index + 1] ?? "";
    found.push({ kind: kinds[index] ?? "sign", text: token, at: TOKEN.lastIndex - token.length });
  }
  return found;
}

function unreadable(text: string, from: number): string {
  const at = from + (text.slice(from).length - text.slice(from).trimStart().length);
  const character = text[at] ?? "";
  if (character === '"') return `the text that begins at character ${at + 1} has no closing "`;
  if (character === "[") return `the attribute that begins at character ${at + 1} has no closing ]`;
  return `character ${at + 1} cannot stand there`;
}

function numberOf(text: string): bigint {
  return text.startsWith("&") ? BigInt(`0x${text.slice(2)}`) : BigInt(text);
}

function isComparison(text: string): text is Comparison {
  return ["=", "<>", ">", ">=", "<", "<="].includes(text);
}

/** The expression as text again, for messages; with spaces as Entra writes them. */
export function showEntra(node: EntraNode | undefined): string {
  if (node === undefined) return "";
  switch (node.type) {
    case "attribute":
      return `[${node.name}]`;
    case "text":
      return `"${node.value.replaceAll(/["\\]/g, "\\$&")}"`;
    case "number":
      return String(node.value);
    case "word":
      return node.name;
    case "call":
      return `${node.name}(${node.args.map(showEntra).join(", ")})`;
    default:
      return `${showEntra(node.left)}${node.operator}${showEntra(node.right)}`;
  }
}
