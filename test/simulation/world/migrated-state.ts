import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openDatabase } from "../../../src/store/database.ts";

/** The files of a state folder, below it. */
const files = [
  ["staff.db", "connection"],
  [join("targets", "application.db"), "target"],
] as const;

let kept: string | undefined;

/**
 * Gives a state folder empty files of the newest schema: to make them anew costs more than a whole cycle, and most stories have nothing to say
 * about it. Made once a process.
 */
export function migratedState(folder: string): void {
  kept ??= template();
  for (const [name] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(kept, name), join(folder, name));
  }
}

function template(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-template-"));
  for (const [name, schema] of files) openDatabase(join(folder, name), schema, { create: true }).close();
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
