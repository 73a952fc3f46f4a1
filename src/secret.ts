/** Secrets: named in the YAML by where they are kept, read when used, printed nowhere. */
import { inspect } from "node:util";

/** `{ env: NAME }`, `{ file: /path }` (refused when others can read it), `{ credential: name }` (systemd LoadCredential). */
export type SecretReference =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly credential: string };

/** A secret value. Every way of printing it gives "[redacted]"; `reveal()` is the only way to the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}
