import { accessSync, constants, statSync } from "node:fs";
import { ConfigurationError, isRollcallError } from "../errors.ts";
import { type Io, textOf } from "./invocation.ts";
import { readNamed } from "./named-config.ts";
import type { Typed } from "./run-here.ts";
import { installedUnit, systemdRun } from "./systemd-run.ts";

/**
 * A command that a daemon would run works itself, because none runs. Where the state folder belongs to another user it cannot: throws
 * ConfigurationError with the line that runs it as the service. What it is handed says the same where a credential of the service is missing.
 */
export async function withOwnReach(argv: readonly string[], { flags }: Typed, io: Io): Promise<Io> {
  const named = await readNamed(textOf(flags, "config"));
  const line = () => serviceLine(argv, named?.credentials ?? [], named?.state ?? "/var/lib/rollcall");
  if (named?.code === "EACCES")
    throw new ConfigurationError(`you may not read the configuration ${named.file}`, {
      hint: advice(line()),
    });
  if (named?.state !== undefined && isClosed(named.state))
    throw new ConfigurationError(`the state folder ${named.state} belongs to another user`, {
      hint: advice(line()),
    });
  return { ...io, adviceOn: (error) => (lacksCredential(error) ? advice(line()) : undefined) };
}

function serviceLine(argv: readonly string[], credentials: readonly string[], state: string): string {
  const isRoot = process.geteuid?.() === 0;
  const program = process.argv[1] ?? "rollcall";
  return systemdRun(argv, installedUnit(), { credentials, state }, { isRoot, program });
}

function advice(line: string): string {
  return `start the daemon (systemctl start rollcall) and type it again, or without it:\n${line}`;
}

/** Also where the error is the cause of another one. */
function lacksCredential(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (isRollcallError(error) && error.lacksCredential) || lacksCredential(error.cause);
}

/** True where the folder is somebody else's, as far as it can be seen at all. Where it is our own, whoever opens it says what is wrong. */
function isClosed(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") return false;
  }
  try {
    return statSync(folder).uid !== process.geteuid?.();
  } catch {
    return true;
  }
}
