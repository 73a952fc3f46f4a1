import { createHmac, randomBytes } from "node:crypto";
import { OktaError } from "./okta-error.ts";

/** Makes the opaque `after` values: each fits the query it was given to, whatever is altered is refused. */
export class Cursors {
  #secret = randomBytes(16);

  /** `query` is everything of the request but its limit and its cursor. */
  seal(query: string, place: string): string {
    const text = Buffer.from(place, "utf8").toString("base64url");
    return `${this.#mark(query, text)}${text}`;
  }

  /** Throws E0000031 for what was not sealed for this query. */
  open(query: string, cursor: string): string {
    const [mark, text] = [cursor.slice(0, 16), cursor.slice(16)];
    if (mark !== this.#mark(query, text)) throw invalidCursor();
    return Buffer.from(text, "base64url").toString("utf8");
  }

  /** From now on none of those given out is taken any more. */
  forget(): void {
    this.#secret = randomBytes(16);
  }

  #mark(query: string, text: string): string {
    return createHmac("sha256", this.#secret).update(`${query}\n${text}`).digest("base64url").slice(0, 16);
  }
}

function invalidCursor(): OktaError {
  return new OktaError(400, "E0000031", "Invalid search criteria.", ["Invalid cursor."]);
}
