/** Reads a text file that an admin wrote: UTF-8, of sane size. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { ConfigurationError } from "../errors.ts";

/** No configuration or mapping comes near; a wrong path must not fill the memory. */
const LARGEST_BYTES = 1024 * 1024;

/** Throws ConfigurationError, whose message does not repeat the file's name when it is printed behind it. */
export async function readTextFile(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > LARGEST_BYTES)
    throw new ConfigurationError(`${file} is larger than 1 MiB`, { hint: "is it the right file?" });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(refuseOthers(file, bytes));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${file} is not text in UTF-8 (from line ${firstWrongLine(bytes)} on)`, {
      cause: error,
      hint: "save it as UTF-8",
    });
  }
}

/** Editors of Windows write UTF-16, and say so in the first two bytes; a text holds no NUL. */
function refuseOthers(file: string, bytes: Uint8Array): Uint8Array {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new ConfigurationError(`${file} is text in UTF-16`, { hint: "save it as UTF-8" });
  if (bytes.includes(0))
    throw new ConfigurationError(`${file} is no text file: it holds bytes that no text has`, {
      hint: "is it the right file?",
    });
  return bytes;
}

function firstWrongLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start !== -1 && start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || new TextDecoder("utf-8").decode(bytes.subarray(start, end)).includes("\ufffd")) break;
    start = end + 1;
  }
  return line;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new ConfigurationError(
        `${file} is ${stats.isDirectory() ? "a folder, not a file" : "not a file"}`,
      );
    const buffer = new Uint8Array(LARGEST_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reason = reasons[String(code)] ?? `cannot be read (${String(code ?? error)})`;
    throw new ConfigurationError(`${file} ${reason}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "cannot be read: permission denied",
  ELOOP: "cannot be read: it is a link that leads to itself",
  ENXIO: "is not a file",
};
