/** The filter language of Okta: `attribute operator value`, joined by `and`, `or`, `not` and parentheses. */
export type Kind = "text" | "time" | "boolean";

/** What one endpoint understands of the language, and how it refuses the rest. */
export interface Dialect {
  /** Undefined when there is no such property; names are case-sensitive. */
  kindOf(property: string): Kind | undefined;
  /** Operators that a property takes. */
  operatorsOf(property: string): readonly string[];
  readonly not: boolean;
  /** All operators of the endpoint. */
  readonly operators: readonly string[];
  readonly refuse: {
    syntax(detail: string): Error;
    operator(operator: string, position: number): Error;
    property(property: string): Error;
    combination(operator: string, property: string): Error;
  };
}

/** Reads a property of an object; an array fits when one of its values does. */
export type Read<T> = (object: T, property: string) => unknown;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly position: number;
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

/** Throws what the dialect refuses with. */
export function compile<T>(text: string, dialect: Dialect, read: Read<T>): (object: T) => boolean {
  const tokens = tokenise(text, dialect);
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const isWord = (word: string): boolean =>
    peek()?.quoted === false && peek()?.text.toLowerCase() === word.toLowerCase();
  const take = (expected: string): Token => {
    const token = tokens[at];
    if (token === undefined) throw dialect.refuse.syntax(`expected ${expected} at the end`);
    at += 1;
    return token;
  };

  const either = (): ((object: T) => boolean) => {
    let left = both();
    while (isWord("or")) {
      at += 1;
      const [one, other] = [left, both()];
      left = (object) => one(object) || other(object);
    }
    return left;
  };
  const both = (): ((object: T) => boolean) => {
    let left = single();
    while (isWord("and")) {
      at += 1;
      const [one, other] = [left, single()];
      left = (object) => one(object) && other(object);
    }
    return left;
  };
  const single = (): ((object: T) => boolean) => {
    if (isWord("not")) {
      if (!dialect.not) throw dialect.refuse.syntax("not is not supported");
      at += 1;
      const inner = single();
      return (object) => !inner(object);
    }
    if (!isWord("(")) return test();
    at += 1;
    const inner = either();
    if (take(")").text !== ")") throw dialect.refuse.syntax("a parenthesis is not closed");
    return inner;
  };
  const test = (): ((object: T) => boolean) => {
    const property = take("a property");
    if (property.quoted) throw dialect.refuse.syntax("a value where a property belongs");
    const operator = take("an operator");
    if (operator.quoted || !dialect.operators.includes(operator.text.toLowerCase()))
      throw dialect.refuse.operator(operator.text, operator.position);
    const kind = dialect.kindOf(property.text);
    if (kind === undefined) throw dialect.refuse.property(property.text);
    const name = operator.text.toLowerCase();
    if (!dialect.operatorsOf(property.text).includes(name))
      throw dialect.refuse.combination(name, property.text);
    if (name === "pr") return (object) => values(read(object, property.text)).length > 0;
    const value = take("a value");
    if (!value.quoted && kind !== "boolean")
      throw dialect.refuse.syntax(`the value of ${property.text} needs quotes`);
    if (kind === "time" && !time.test(value.text))
      throw dialect.refuse.syntax(`the value of ${property.text} is no date-time`);
    const fits = comparison(name, kind, value.text);
    return (object) => values(read(object, property.text)).some(fits);
  };

  const whole = either();
  const rest = peek();
  if (rest !== undefined) throw dialect.refuse.syntax(`"${rest.text}" is left over`);
  return whole;
}

function values(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function comparison(operator: string, kind: Kind, text: string): (value: unknown) => boolean {
  if (kind === "time") {
    const wanted = Date.parse(text);
    return (value) => ordered(operator, Date.parse(String(value)) - wanted);
  }
  const wanted = text.toLowerCase();
  return (value) => {
    const is = String(value).toLowerCase();
    if (operator === "sw") return is.startsWith(wanted);
    if (operator === "ew") return is.endsWith(wanted);
    if (operator === "co") return is.includes(wanted);
    return ordered(operator, is === wanted ? 0 : is < wanted ? -1 : 1);
  };
}

function ordered(operator: string, difference: number): boolean {
  if (operator === "eq") return difference === 0;
  if (operator === "gt") return difference > 0;
  if (operator === "ge") return difference >= 0;
  if (operator === "lt") return difference < 0;
  return difference <= 0;
}

function tokenise(text: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|([()])|"((?:[^"\\]|\\.)*)"|([^\s()"]+)/y;
  while (pattern.lastIndex < text.length) {
    const position = pattern.lastIndex;
    const found = pattern.exec(text);
    if (found === null) throw dialect.refuse.syntax(`a quotation is not closed at position ${position}`);
    const [, parenthesis, quoted, word] = found;
    if (quoted !== undefined)
      tokens.push({ text: quoted.replaceAll(/\\(.)/g, "$1"), quoted: true, position });
    else if (parenthesis !== undefined || word !== undefined)
      tokens.push({ text: parenthesis ?? word ?? "", quoted: false, position });
  }
  return tokens;
}
