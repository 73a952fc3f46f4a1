/** Reads a text file that an admin wrote: UTF-8, of sane size. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { ConfigurationError } from "../errors.ts";

/** No configuration or mapping comes near; a wrong path must not fill the memory. */
const LARGEST_BYTES = 1024 * 1024;

/** Throws ConfigurationError, whose message does not repeat the file's name when it is printed behind it. */
export async function readTextFile(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > LARGEST_BYTES) throw new ConfigurationError(`${file} is larger than 1 MiB`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigurationError(`${file} is not text in UTF-8`, { cause: error });
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new ConfigurationError(`${file} is not a file`);
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
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${String(code ?? error)})`;
    throw new ConfigurationError(`${file} ${reason}`, { cause: error });
  }
}
