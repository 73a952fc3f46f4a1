import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { operateGroup, viewGroup } from "../daemon/control-accounts.ts";
import { socketsToTry, viewSocket } from "../daemon/control-place.ts";
import { type Hello, protocol } from "../daemon/control-protocol.ts";
import type { Access } from "../daemon/control-seat.ts";
import { ConnectionError } from "../errors.ts";
import { type Flags, type Io, textOf } from "./invocation.ts";
import { type NamedConfig, readNamed } from "./named-config.ts";
import type { Line } from "./through-daemon-line.ts";

/** A daemon that answers, and the socket that it was found at. */
export interface Found {
  readonly path: string;
  readonly line: Line;
  readonly hello: Hello;
}

/** The daemon that runs with this configuration; undefined: none does. Throws ConnectionError where one is there that may not be used. */
export async function findDaemon(
  { flags, io }: { readonly flags: Flags; readonly io: Io },
  access: Access,
): Promise<Found | undefined> {
  const named = await readNamed(textOf(flags, "config"));
  const paths = socketsToTry({
    control: named?.control,
    state: named?.state,
    runtimeDirectory: io.environment["RUNTIME_DIRECTORY"],
  });
  let closed: string | undefined;
  for (const path of paths) {
    const found = await tryBoth(path);
    if (found === "closed") closed = path;
    else if (found !== undefined) {
      if (isMeant(found.hello, named?.file)) return checked(found);
      found.line.close();
    }
  }
  if (closed !== undefined && !canDoItself(named)) throw mayNot(closed, access);
  return undefined;
}

/** Whoever may do everything comes by the one socket, whoever may look by the other. */
async function tryBoth(path: string): Promise<Found | "closed" | undefined> {
  const first = await tryOne(path);
  if (first !== "closed") return first;
  const second = await tryOne(viewSocket(path));
  return second ?? "closed";
}

async function tryOne(path: string): Promise<Found | "closed" | undefined> {
  let line: Line;
  try {
    // Most often nobody listens: then nothing that talks over a network is loaded.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const { Line } = await import("./through-daemon-line.ts");
    line = await Line.open(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "EACCES" || code === "EPERM" ? "closed" : undefined;
  }
  try {
    return { path, line, hello: await line.hello(path) };
  } catch (error) {
    line.close();
    throw error;
  }
}

function checked(found: Found): Found {
  if (found.hello.protocol === protocol) return found;
  found.line.close();
  throw new ConnectionError(
    `the daemon that runs is rollcall ${found.hello.version}, which this command does not understand`,
    {
      hint: "restart it: systemctl restart rollcall",
    },
  );
}

/** A daemon that works by another configuration is none of ours. Whoever cannot see any configuration means the daemon that there is. */
function isMeant({ config }: Hello, file: string | undefined): boolean {
  return file === undefined || namesOf(file).some((name) => config.includes(name));
}

function namesOf(file: string): readonly string[] {
  try {
    return [file, realpathSync(file)];
  } catch {
    return [file];
  }
}

/** True where the command can work without the daemon: its lock keeps the two apart. */
function canDoItself(named: NamedConfig | undefined): boolean {
  if (named?.state === undefined) return false;
  try {
    accessSync(named.state, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayNot(path: string, access: Access): ConnectionError {
  const isShared = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o060;
  const groups = access === "view" ? `${viewGroup} or ${operateGroup}` : operateGroup;
  return new ConnectionError(`you may not use the daemon's control socket ${path}`, {
    hint: isShared
      ? `this needs membership in the group ${groups}: usermod -aG ${access === "view" ? viewGroup : operateGroup} NAME, and a new login`
      : `only root and the daemon's own user may: for others, make the groups ${viewGroup} and ${operateGroup} and restart the daemon`,
  });
}
