/** An expression of the mapping language (CEL): parse, check against the source's attributes, evaluate, tell what it reads. */
import { type ASTNode, ParseError } from "@marcbachmann/cel-js";
import type { AttributeInfo } from "../sources/source.ts";
import { readAttribute } from "./attribute.ts";
import { type Evaluate, toClosure } from "./evaluate.ts";
import { checkTree, parser } from "./tree.ts";
import { checkTypes } from "./typecheck.ts";

/** What an expression may speak of. */
export interface Language {
  /** `user` or `group`. */
  readonly variable: "user" | "group";
  readonly attributes: Readonly<Record<string, AttributeInfo>>;
  /** Attributes that are not listed may be used too, without a check of their type. */
  readonly openSchema: boolean;
  /** The value is written once, when an account is made: then it may be random, or the time of day. */
  readonly isOnce?: boolean;
  /** Why an attribute may not be read; undefined when it may. */
  readonly refuses?: ((attribute: string) => string | undefined) | undefined;
}

export type ResultType =
  | "string"
  | "bool"
  | "int"
  | "double"
  | "timestamp"
  | "list"
  | "reference"
  | "any"
  | "other";

/** A checked expression. */
export interface Expression {
  readonly text: string;
  readonly type: ResultType;
  /** Source attributes, sorted. */
  readonly reads: readonly string[];
  /** It gives another value each time. */
  readonly isVolatile: boolean;
  readonly evaluate: Evaluate;
}

/** What is wrong with an expression, and where in its text. */
export interface Mistake {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

export type Compiled =
  | { readonly expression: Expression; readonly mistakes?: undefined }
  | { readonly expression?: undefined; readonly mistakes: readonly Mistake[] };

/** Never throws for a wrong expression: the mistakes come as values. */
export function compileExpression(text: string, language: Language): Compiled {
  const parsed = parse(text);
  if ("message" in parsed) return { mistakes: [parsed] };
  const { mistakes, attributes, nulls, volatile } = checkTree(parsed, language);
  if (mistakes.length > 0) return { mistakes };
  const checked = checkTypes(text, language, attributes, nulls);
  if (typeof checked !== "string") return { mistakes: [checked] };
  const direct = directAttribute(parsed, language);
  const read = (name: string) => readAttribute(name, known(language, name));
  return {
    expression: {
      text,
      type: checked,
      reads: [...attributes].toSorted(),
      isVolatile: volatile.length > 0,
      evaluate: direct === undefined ? toClosure(parsed, language.variable, read) : read(direct),
    },
  };
}

function parse(text: string): ASTNode | Mistake {
  try {
    return parser.parse(text).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const range = error.range ?? { start: 0, end: text.length };
    const slip = slipAt(text, range.start);
    if (slip !== undefined) return slip;
    return {
      message: `not a valid expression: ${syntax(error.summary)}`,
      offset: range.start,
      length: Math.max(1, range.end - range.start),
    };
  }
}

/** What other languages call the operators of this one. */
const operators: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!", "=": "==", "<>": "!=" };

/** The parser stumbles a little behind, or at the second letter: the nearest such word before or at that place is meant. */
function slipAt(text: string, at: number): Mistake | undefined {
  for (const found of text.matchAll(/\b(?:and|or|not)\b|<>|(?<![=!<>])=(?!=)/gi)) {
    const offset = found.index;
    const [word] = found;
    const operator = operators[word.toLowerCase()];
    if (operator === undefined || at < offset || at > offset + word.length + 1) continue;
    const message = `not a valid expression: "${word}" is written ${operator} here`;
    return { message, offset, length: word.length };
  }
  return undefined;
}

/** The parser's token names in plain characters. */
function syntax(summary: string): string {
  const named = summary.replace(/\b([A-Z][A-Z_]+)\b/g, (token) => TOKENS[token] ?? token.toLowerCase());
  return named.charAt(0).toLowerCase() + named.slice(1);
}

const TOKENS: Readonly<Record<string, string>> = {
  EOF: "the end of the expression",
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  COLON: '":"',
  COMMA: '","',
  DOT: '"."',
  IDENTIFIER: "a name",
};

/** `user.mail` alone needs no closure around it. */
function directAttribute(node: ASTNode, language: Language): string | undefined {
  return node.op === "." && node.args[0].op === "id" && node.args[0].args === language.variable
    ? node.args[1]
    : undefined;
}

function known(language: Language, name: string): AttributeInfo | undefined {
  return Object.hasOwn(language.attributes, name) ? language.attributes[name] : undefined;
}
