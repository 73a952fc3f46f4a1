/** Files that a person names at the command line: read and written with the rights of that person, wherever the command itself runs. */
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";

/** "new" refuses a file that is there already; "replace" puts the new one in the place of an old one when it is complete. */
export type FileUse = "read" | "new" | "replace";

/** Throws the errors of the file system, with their `code` and `syscall`. */
export interface Files {
  exists(path: string): Promise<boolean>;
  open(path: string, use: FileUse): Promise<OpenFile>;
}

/** End it with `finish` or with `drop`. */
export interface OpenFile {
  /** The next bytes, at most `largestPiece`; none at the end. */
  read(): Promise<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is on the disk, and under its name. */
  finish(): Promise<void>;
  /** Closes it; of what was being written nothing is left. */
  drop(): Promise<void>;
}

/** Bytes that are read at once. */
export const largestPiece = 256 * 1024;

/** The files of this process. What is written is for its owner alone. */
export const ownFiles: Files = {
  async exists(path) {
    try {
      await stat(path);
      return true;
    } catch {
      // Whoever may not look there is told so when they write.
      return false;
    }
  },
  async open(path, use) {
    if (use === "read") return openFile(await open(path, "r"), undefined, undefined);
    const written = use === "new" ? path : `${path}.${process.pid}.part`;
    return openFile(await open(written, "wx", 0o600), written, use === "new" ? undefined : path);
  },
};

function openFile(handle: FileHandle, written: string | undefined, finalName: string | undefined): OpenFile {
  return {
    async read() {
      const buffer = Buffer.alloc(largestPiece);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      return buffer.subarray(0, bytesRead);
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
    },
    async finish() {
      if (written === undefined) return handle.close();
      await handle.sync();
      await handle.close();
      if (finalName !== undefined) await rename(written, finalName);
    },
    async drop() {
      await handle.close();
      if (written !== undefined) await rm(written, { force: true });
    },
  };
}

/** No plan and no list comes near, bytes. */
const longestText = 256 * 1024 * 1024;

/** The whole of a text file in UTF-8. */
export async function readText(files: Files, path: string): Promise<string> {
  const file = await files.open(path, "read");
  try {
    const pieces: Uint8Array[] = [];
    for (let length = 0; ; ) {
      const piece = await file.read();
      if (piece.length === 0) return Buffer.concat(pieces).toString("utf8");
      length += piece.length;
      if (length > longestText) throw tooLong(path);
      pieces.push(piece);
    }
  } finally {
    await file.drop();
  }
}

/** Writes a file that is there whole or not at all. */
export async function writeText(
  files: Files,
  path: string,
  use: "new" | "replace",
  pieces: Iterable<string>,
): Promise<void> {
  const file = await files.open(path, use);
  try {
    let waiting = "";
    for (const piece of pieces) {
      waiting += piece;
      if (waiting.length < 65_536) continue;
      await file.write(Buffer.from(waiting, "utf8"));
      waiting = "";
    }
    await file.write(Buffer.from(waiting, "utf8"));
    await file.finish();
  } catch (error) {
    await file.drop().catch(() => {});
    throw error;
  }
}

function tooLong(path: string): Error {
  return Object.assign(new Error(`EFBIG: ${path} is larger than 256 MiB`), {
    code: "EFBIG",
    syscall: "read",
  });
}

/** True for what the file system says, such as ENOENT or ENOSPC. */
export function isOfTheDisk(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
