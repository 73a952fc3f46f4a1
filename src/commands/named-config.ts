import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readTextFile } from "../yaml/file.ts";
import { defaultFiles } from "./default-files.ts";

/** What a configuration says of where a daemon is, as far as it can be read. */
export interface NamedConfig {
  readonly file: string;
  readonly control?: string;
  /** undefined: the file cannot be read. */
  readonly state?: string;
  /** Names of systemd credentials. */
  readonly credentials: readonly string[];
  /** Why it cannot be read, as the file system says it. */
  readonly code?: string | undefined;
}

/**
 * A few keys of the file that was named, or that there is; undefined: there is none. Without the checks and the time that loading all of it takes: what
 * is wrong in it is said by whoever loads it.
 */
export async function readNamed(name: string | undefined): Promise<NamedConfig | undefined> {
  const file = name ?? defaultFiles.find((each) => existsSync(each));
  if (file === undefined) return undefined;
  const absolute = resolve(file);
  const folder = dirname(absolute);
  try {
    // Heavy, and not needed by whoever asks for the version or the help.
    const { readDocument } = await import("../yaml/document.ts");
    const { document } = readDocument(file, await readTextFile(absolute));
    const { control, state } = (document.value ?? {}) as Readonly<Record<string, unknown>>;
    return {
      file: absolute,
      ...(typeof control === "string" ? { control: resolve(folder, control) } : {}),
      state: resolve(folder, typeof state === "string" ? state : "/var/lib/rollcall"),
      credentials: [...new Set(credentialsIn(document.value))],
    };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return { file: absolute, credentials: [], code: cause?.code };
  }
}

function credentialsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "credential" && typeof each === "string" ? [each] : credentialsIn(each),
  );
}
