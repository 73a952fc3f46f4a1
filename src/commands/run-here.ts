import { operateGroup } from "../daemon/control-accounts.ts";
import type { Access, Guest } from "../daemon/control-seat.ts";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import { accessOf, type CommandDefinition, type Flags, type Io } from "./invocation.ts";
import { withOwnReach } from "./own-reach.ts";

/** A command as it was typed. */
export interface Typed {
  readonly definition: CommandDefinition;
  readonly arguments: readonly string[];
  readonly flags: Flags;
}

/** Does the work of a command in this process: that of whoever typed it, or the daemon's for somebody at its control socket. */
export async function runHere(argv: readonly string[], typed: Typed, io: Io): Promise<number> {
  const { definition, arguments: given, flags } = typed;
  const { guest } = io;
  if (guest === undefined) {
    const module = await definition.load();
    // Heavy, and nothing that the version or the help needs.
    const { Refusals } = await import("../secret-in-use.ts");
    const alone = { ...io, refusals: new Refusals() };
    if (definition.access === undefined) return module.run({ io: alone, arguments: given, flags });
    const reaching = await withOwnReach(argv, typed, alone);
    try {
      return await module.run({ io: reaching, arguments: given, flags });
    } catch (error) {
      const hint = reaching.adviceOn?.(error);
      if (hint === undefined || !(error instanceof Error)) throw error;
      throw new ConfigurationError(error.message, { cause: error, hint });
    }
  }
  const access = accessOf(definition, flags);
  checkAccess(definition.name, access, guest);
  const refusals = guest.host.refusals.afresh();
  const known = { ...io, refusals, guest: { ...guest, what: `${definition.name} by ${guest.actor}` } };
  const module = await definition.load();
  const exitCode = await module.run({
    io: definition.goesOn === true ? known : endingWith(guest.lost, known),
    arguments: given,
    // Nobody has the daemon read another file than its own.
    flags: { ...flags, config: guest.host.config.file },
  });
  // What was typed may name people; the name of the command does not.
  const said = { command: definition.name, by: guest.actor, exitCode };
  guest.host.log[access === "view" ? "debug" : "info"](said, "a command was run");
  return exitCode;
}

function checkAccess(name: string, access: Access | undefined, { may }: Guest): void {
  if (access === undefined) {
    throw new ConfigurationError(`the daemon does not run \`${name}\` for anybody`, {
      hint: "it works in a process of its own",
    });
  }
  if (access === "view" || may === "operate") return;
  throw new ConnectionError(`\`${name}\` is for members of the group ${operateGroup}; you may only look`, {
    hint: `usermod -aG ${operateGroup} NAME, and a new login`,
  });
}

/** What is done for a reader alone ends when nobody reads any more. */
function endingWith(lost: AbortSignal, io: Io): Io {
  return { ...io, signal: AbortSignal.any([io.signal, lost]), abort: AbortSignal.any([io.abort, lost]) };
}
