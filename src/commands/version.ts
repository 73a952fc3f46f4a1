import { readFileSync } from "node:fs";

/** The version of the package, from the package.json two folders up (src/commands or dist/commands). */
export function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
