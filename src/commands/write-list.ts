import { ConfigurationError } from "../errors.ts";
import { isOfTheDisk, writeText } from "../files.ts";
import { filesOf } from "./files-of.ts";
import type { Invocation } from "./invocation.ts";
import { writeOut } from "./write-out.ts";

/** Writes a list into a file that its owner alone may read, whole or not at all, in the place of an older one; "-" is standard output. */
export async function writeList(
  file: string,
  { io }: Pick<Invocation, "io">,
  pieces: Iterable<string>,
): Promise<void> {
  if (file === "-") return writeOut(io.stdout, pieces);
  try {
    await writeText(filesOf(io), file, "replace", pieces);
  } catch (error) {
    if (!isOfTheDisk(error)) throw error;
    throw new ConfigurationError(`cannot write ${file} (${error.code})`, {
      cause: error,
      hint: "name a file in a folder that you may write to, or - for standard output",
    });
  }
}
