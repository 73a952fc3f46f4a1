import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * What Node has made of the built program's files is kept beside them, so that not every command line compiles them anew: a tenth of a second of a
 * `sync`. It is code that is run, so it is kept where the program itself is and for whoever may write there: in a folder that only its owner opens,
 * and in that one for each user id apart (Node's own way). Everybody else compiles as before.
 */
export function keepCompiled(): void {
  const own = fileURLToPath(import.meta.url);
  // The sources themselves, in a clone.
  if (own.endsWith(".ts")) return;
  const directory = fileURLToPath(new URL("../compiled", import.meta.url));
  try {
    mkdirSync(directory, { mode: 0o700, recursive: true });
  } catch {
    return;
  }
  // What was made at another place, as an image is, counts as well.
  enableCompileCache({ directory, portable: true });
}
