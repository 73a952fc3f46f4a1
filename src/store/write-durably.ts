import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a small file that is there whole or not at all, also after a power cut; for its owner alone. */
export function writeDurably(file: string, text: string): void {
  const partial = `${file}.part`;
  const handle = openSync(partial, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(partial, file);
  syncFolder(dirname(file));
}

/** What was written to a file survives a power cut. */
export function syncFile(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Names that were given or taken in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  syncFile(folder);
}
