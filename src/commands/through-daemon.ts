import { ConnectionError } from "../errors.ts";
import { accessOf, type Io } from "./invocation.ts";
import type { Typed } from "./run-here.ts";
import { findDaemon } from "./through-daemon-find.ts";
import { version } from "./version.ts";

/**
 * Has the daemon run a command line, where one runs with this configuration: it holds the secrets and the state, and there are no two
 * cycles of one connection at once. Gives the exit code; undefined where no daemon runs, so that the command does its work itself.
 */
export async function throughDaemon(
  argv: readonly string[],
  command: Typed,
  io: Io,
): Promise<number | undefined> {
  const { definition, flags } = command;
  const access = accessOf(definition, flags);
  if (io.guest !== undefined || access === undefined) return undefined;
  const found = await findDaemon({ flags, io }, access);
  if (found === undefined) return undefined;
  try {
    const { hello } = found;
    if (hello.version !== version() && definition.anyVersion !== true) {
      throw new ConnectionError(
        `the daemon that runs is rollcall ${hello.version}, and this is ${version()}`,
        {
          hint: "restart it: systemctl restart rollcall",
        },
      );
    }
    const { talk } = await import("./through-daemon-talk.ts");
    return await talk(found, argv, command, io);
  } finally {
    found.line.close();
  }
}
