import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Tokens that only their maker can read; a changed one opens to nothing. */
export class Seal {
  readonly #key = randomBytes(32);

  close(content: unknown): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const text = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
  }

  open(token: string): unknown {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length < 28 || bytes.toString("base64url") !== token) return undefined;
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
    } catch {
      return undefined;
    }
  }
}
