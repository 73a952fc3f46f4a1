/** Where the control socket is: the daemon makes it there, commands look for it there. */
import { join } from "node:path";
import { ConfigurationError } from "../errors.ts";

/** What sockaddr_un takes besides its end (unix(7)). */
const longestPath = 107;

/** Where it is for the state folder that everybody has who does not choose another. */
const usualSocket = "/run/rollcall/control.sock";
const usualState = "/var/lib/rollcall";

/** What decides where the socket is. */
export interface ControlPlace {
  /** `control:` of the configuration. */
  readonly control: string | undefined;
  /** `state:` of the configuration. */
  readonly state: string;
  /** RUNTIME_DIRECTORY, which systemd gives to the service. */
  readonly runtimeDirectory: string | undefined;
  readonly isRoot: boolean;
}

/** Where a daemon listens. Throws ConfigurationError where the path is longer than a socket's may be. */
export function controlSocket(place: ControlPlace): string {
  const path = place.control ?? defaultSocket(place);
  checkLength(viewSocket(path));
  return path;
}

function defaultSocket({ state, runtimeDirectory, isRoot }: ControlPlace): string {
  const given = firstFolder(runtimeDirectory);
  if (given !== undefined) return join(given, "control.sock");
  return isRoot && state === usualState ? usualSocket : join(state, "control.sock");
}

/** Where a command looks, in this order; without a configuration that it can read it knows no `state`. */
export function socketsToTry({
  control,
  state,
  runtimeDirectory,
}: Pick<ControlPlace, "control" | "runtimeDirectory"> & {
  readonly state: string | undefined;
}): readonly string[] {
  if (control !== undefined) return [control];
  const given = firstFolder(runtimeDirectory);
  const all = [
    ...(given === undefined ? [] : [join(given, "control.sock")]),
    usualSocket,
    ...(state === undefined ? [] : [join(state, "control.sock")]),
  ];
  return [...new Set(all)].filter((path) => Buffer.byteLength(path) <= longestPath);
}

/** The socket beside it, for members of the group that may only look. */
export function viewSocket(path: string): string {
  return `${path.replace(/\.sock$/, "")}-view.sock`;
}

/** systemd gives several folders with colons between them. */
function firstFolder(runtimeDirectory: string | undefined): string | undefined {
  const first = runtimeDirectory?.split(":")[0];
  return first === undefined || first === "" ? undefined : first;
}

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= longestPath) return;
  throw new ConfigurationError(
    `the path of the control socket is too long: ${path} has ${bytes} bytes, and a socket takes ${longestPath}`,
    { hint: "give a shorter one by `control:` in the configuration, such as /run/rollcall/control.sock" },
  );
}
