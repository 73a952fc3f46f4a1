import { badRequest } from "./answer.ts";
import type { Properties, Value } from "./value.ts";

export interface Filter {
  readonly test: (object: Properties) => boolean;
  readonly properties: readonly string[];
  /** It needs `ConsistencyLevel: eventual` and `$count=true`. */
  readonly advanced: boolean;
}

type Test = (object: Properties) => boolean;

/**
 * `$filter`: eq, ne, in, startsWith, endsWith, and, or, not, brackets, `list/any(x:x eq 'v')`. Anything else is refused; text is compared
 * without regard to case, as the directory does.
 */
export function parseFilter(text: string): Filter {
  if (text.split("'").length % 2 === 0) throw invalid();
  const words = text.match(/'(?:[^']|'')*'|[()]|,|[^\s(),']+/g) ?? [];
  const parser = new Parser(words);
  const test = parser.either();
  if (!parser.done) throw invalid();
  return { test, properties: [...parser.properties], advanced: parser.advanced };
}

function invalid(): Error {
  return badRequest("Invalid filter clause: syntax error.", "BadRequest");
}

class Parser {
  readonly properties = new Set<string>();
  advanced = false;
  readonly #words: readonly string[];
  #position = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get done(): boolean {
    return this.#position === this.#words.length;
  }

  either(): Test {
    const tests = [this.#both()];
    while (this.#skip("or")) tests.push(this.#both());
    return (object) => tests.some((test) => test(object));
  }

  #both(): Test {
    const tests = [this.#single()];
    while (this.#skip("and")) tests.push(this.#single());
    return (object) => tests.every((test) => test(object));
  }

  #single(): Test {
    if (this.#skip("not")) {
      this.advanced = true;
      const test = this.#single();
      return (object) => !test(object);
    }
    if (this.#skip("(")) {
      const test = this.either();
      this.#expect(")");
      return test;
    }
    const word = this.#next();
    const call = word.toLowerCase();
    if (call === "startswith" || call === "endswith") return this.#affix(call);
    const any = /^(\w+)\/any$/.exec(word);
    return any?.[1] === undefined ? this.#comparison(word) : this.#any(any[1]);
  }

  #affix(call: "startswith" | "endswith"): Test {
    this.#expect("(");
    const name = this.#property(this.#next());
    this.#expect(",");
    const part = fold(this.#value());
    this.#expect(")");
    if (call === "endswith") this.advanced = true;
    return (object) => {
      const value = fold(object[name] ?? null);
      if (typeof value !== "string" || typeof part !== "string") return false;
      return call === "startswith" ? value.startsWith(part) : value.endsWith(part);
    };
  }

  #any(list: string): Test {
    const name = this.#property(list);
    this.#expect("(");
    const variable = /^(\w+):(\w+)$/.exec(this.#next());
    if (variable === null || variable[1] !== variable[2] || !this.#skip("eq")) throw invalid();
    const wanted = fold(this.#value());
    this.#expect(")");
    return (object) => {
      const values = object[name];
      return Array.isArray(values) && values.some((value: Value) => fold(value) === wanted);
    };
  }

  #comparison(word: string): Test {
    const name = this.#property(word);
    if (this.#skip("in")) {
      this.#expect("(");
      const wanted = [fold(this.#value())];
      while (this.#skip(",")) wanted.push(fold(this.#value()));
      this.#expect(")");
      return (object) => wanted.includes(fold(object[name] ?? null));
    }
    const operator = this.#next().toLowerCase();
    if (operator !== "eq" && operator !== "ne") throw invalid();
    if (operator === "ne") this.advanced = true;
    const wanted = fold(this.#value());
    return (object) => (fold(object[name] ?? null) === wanted) === (operator === "eq");
  }

  #property(name: string): string {
    if (!/^\w+$/.test(name)) throw invalid();
    this.properties.add(name);
    return name;
  }

  #value(): Value {
    const word = this.#next();
    if (word.startsWith("'")) return word.slice(1, -1).replaceAll("''", "'");
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word);
    throw invalid();
  }

  #next(): string {
    const word = this.#words[this.#position++];
    if (word === undefined) throw invalid();
    return word;
  }

  #skip(word: string): boolean {
    if (this.#words[this.#position]?.toLowerCase() !== word) return false;
    this.#position++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#skip(word)) throw invalid();
  }
}

function fold(value: Value): Value {
  return typeof value === "string" ? value.toLowerCase() : value;
}
