/** Finds a secret in whatever form it may have been written down. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Needles: the text itself and what common encodings make of it, at each of the three places that base64 gives it inside of other text. */
export function tracesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The first and last characters also hold bits of what stands around.
    const inner = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const xml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return [
    ...new Set([
      secret,
      ...inBase64,
      json,
      JSON.stringify(json).slice(1, -1),
      xml,
      encodeURIComponent(secret),
      encodeURI(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
      bytes.toString("hex"),
      [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
      [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
      [...secret].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    ]),
  ];
}

/** The forms of these secrets that stand in a text. Half a secret is one too: its first and last 12 characters are looked for as well. */
export function tracesIn(text: string, secrets: readonly string[]): readonly string[] {
  const low = text.toLowerCase();
  return secrets.flatMap((secret) => {
    const parts = secret.length > 24 ? [secret, secret.slice(0, 12), secret.slice(-12)] : [secret];
    return parts.flatMap(tracesOf).filter((needle) => low.includes(needle.toLowerCase()));
  });
}

/** Everything below a folder, byte by byte. */
export function textsBelow(folder: string): readonly { readonly file: string; readonly text: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ file, text: readFileSync(file, "latin1") }));
}
