import { resolve } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";

/** Where a secret is kept. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

/** One line of a section of the configuration, and the flag that it came from. */
export interface Entry {
  readonly key: string;
  /** The value as YAML. Texts are quoted as JSON, which is YAML. */
  readonly yaml: string;
  /** "--bind-dn" */
  readonly flag: string;
}

/** Takes the answers of `rollcall init` from flags; what is missing is asked for on a terminal, and gathered for one error elsewhere. */
export class Form {
  readonly #invocation: Invocation;
  readonly #missing: string[] = [];
  readonly #secrets: SecretPlace[] = [];

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  get secrets(): readonly SecretPlace[] {
    return this.#secrets;
  }

  given(flag: string): string | undefined {
    return textOf(this.#invocation.flags, camel(flag));
  }

  isSet(flag: string): boolean {
    return isSet(this.#invocation.flags, camel(flag));
  }

  /** An option that may be given several times. */
  list(flag: string): readonly string[] {
    const given = this.#invocation.flags[camel(flag)];
    return Array.isArray(given) ? given.map(String) : [];
  }

  async need(flag: string, question: string): Promise<string> {
    const answer = this.given(flag) ?? (await this.#invocation.io.ask?.(`${question}: `));
    if (answer === undefined || answer.trim() === "") this.#missing.push(`--${flag}`);
    return answer?.trim() ?? "";
  }

  /** An answer out of a few; `byDefault` is what an empty answer means. */
  async choice<Option extends string>(
    flag: string,
    question: string,
    options: readonly Option[],
    byDefault?: Option,
  ): Promise<Option> {
    const suffix = byDefault === undefined ? "" : ` [${byDefault}]`;
    const asked =
      this.given(flag) ?? (await this.#invocation.io.ask?.(`${question}${suffix}: `))?.trim() ?? "";
    const answer = asked === "" ? byDefault : options.find((each) => each === asked);
    if (answer !== undefined) return answer;
    if (asked === "") throw missing([`--${flag} (${options.join(", ")})`]);
    throw new ConfigurationError(`--${flag} expects ${listed(options)}, got "${asked}"`);
  }

  async needed(key: string, flag: string, question: string): Promise<Entry> {
    return { key, yaml: JSON.stringify(await this.need(flag, question)), flag: `--${flag}` };
  }

  optional(key: string, flag: string): Entry[] {
    const given = this.given(flag);
    return given === undefined ? [] : [{ key, yaml: JSON.stringify(given), flag: `--${flag}` }];
  }

  /** Files named on a command line are beside whoever typed, those in the configuration beside the configuration. */
  file(key: string, flag: string): Entry[] {
    const given = this.given(flag);
    if (given === undefined) return [];
    return [{ key, yaml: `{ file: ${JSON.stringify(resolve(given))} }`, flag: `--${flag}` }];
  }

  hasSecret(flag: string): boolean {
    return this.given(`${flag}-file`) !== undefined || this.given(`${flag}-env`) !== undefined;
  }

  /** Where a secret is kept: `--<flag>-file`, or `--<flag>-env`. */
  async secret(key: string, flag: string, question: string): Promise<Entry> {
    const env = this.given(`${flag}-env`);
    if (env !== undefined && this.given(`${flag}-file`) === undefined) {
      this.#secrets.push({ env });
      return { key, yaml: `{ env: ${JSON.stringify(env)} }`, flag: `--${flag}-env` };
    }
    const file = resolve(await this.need(`${flag}-file`, question));
    this.#secrets.push({ file });
    return { key, yaml: `{ file: ${JSON.stringify(file)} }`, flag: `--${flag}-file` };
  }

  /** Throws ConfigurationError that lists every flag that is still missing. */
  check(): void {
    if (this.#missing.length > 0) throw missing(this.#missing);
  }
}

function missing(flags: readonly string[]): ConfigurationError {
  return new ConfigurationError(`missing: ${flags.join(", ")}`, {
    hint: "on a terminal, `rollcall init` asks for them",
  });
}

function listed(options: readonly string[]): string {
  return `${options.slice(0, -1).join(", ")} or ${options.at(-1)}`;
}

function camel(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
