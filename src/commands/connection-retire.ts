import type { Config } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { claimsOf, releaseClaims } from "../store/claim-files.ts";
import { hasState, StateFile, setAside, stateFiles } from "../store/state-file.ts";
import { actorOf } from "./actor.ts";
import { switchOff } from "./connection-switch-off.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { lockInTurn } from "./in-turn.ts";
import { type Invocation, type Io, isSet } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/**
 * `rollcall connection retire`: the end of a connection. --deactivate switches off what it manages, as a plan with all guards, while it is still in
 * the configuration; --release, afterwards or instead, lets go of the accounts as they are and puts the snapshot aside.
 */
export async function run(invocation: Invocation): Promise<number> {
  const [name = ""] = invocation.arguments;
  const config = await openConfig(invocation);
  const ways = (["release", "deactivate", "cancel"] as const).filter((each) => isSet(invocation.flags, each));
  const [way, another] = ways;
  if (way === undefined || another !== undefined) {
    throw new ConfigurationError("say how the connection ends: --release or --deactivate", {
      hint: "--release leaves the accounts as they are; --deactivate switches them off first; --cancel takes the latter back",
    });
  }
  return way === "release"
    ? release(invocation, config, name)
    : switchOff(invocation, config, name, way === "deactivate" ? "begin" : "cancel");
}

async function release(invocation: Invocation, config: Config, name: string): Promise<number> {
  const { state } = config;
  const screen = createScreen(invocation);
  if (config.connections.some((each) => each.name === name)) {
    throw new ConfigurationError(`the connection "${name}" is still in ${config.file}`, {
      hint: "its next cycle would take the accounts over again: take it out of the file first; nobody is deactivated because of that",
    });
  }
  if (!hasState(state, name) && claimsOf(state, name).length === 0) throw unknown(config, name);
  const lock = await lockInTurn(invocation, config, name);
  try {
    const known = claimsOf(state, name);
    const reason = await reasonFor(invocation, `Why is ${name} retired?`);
    const free = known.reduce((sum, { claims }) => sum + claims, 0);
    const isDone = isForReal(invocation);
    const file = isDone ? letGo(state, name, reason, invocation.io) : undefined;
    const targets = known.map(({ target }) => target);
    screen.document("ConnectionRetire", {
      connection: name,
      way: "release",
      released: free,
      targets,
      file: file ?? null,
      done: isDone,
    });
    const what = `${name}: ${counted(free, "account or group", "accounts and groups")} ${isDone ? "stay as they are and belong to nobody" : "would stay as they are and belong to nobody"}`;
    screen.lines(
      wrap(escaped(what), screen.width - 2).map(
        (line, at) => `${at === 0 && isDone ? screen.paint.add("✓") : " "} ${line}`,
      ),
    );
    if (file !== undefined)
      screen.lines(["  Its snapshot, with the audit trail, is kept as", `  ${escaped(file)}`]);
    if (!isDone) screen.line(dryRun);
    return 0;
  } finally {
    lock.release();
  }
}

/** The decision is written down first and the snapshot put aside last: a process that dies in between leaves what the same command ends. */
function letGo(state: string, name: string, reason: string, io: Io): string | undefined {
  const at = io.clock.now();
  const isThere = hasState(state, name);
  if (isThere) {
    const file = new StateFile(state, name);
    file.transaction(() => file.audit.decisionOnAll(file.lastRun, actorOf(io), at, "retire", reason));
    file.closeWhole();
  }
  releaseClaims(state, name, at);
  return isThere ? setAside(state, name, at) : undefined;
}

function unknown({ state, connections }: Config, name: string): ConfigurationError {
  const others = stateFiles(state).filter((each) => !connections.some((known) => known.name === each));
  return new ConfigurationError(`nothing is known of a connection "${name}" in ${state}`, {
    hint:
      others.length === 0
        ? "every state there belongs to a connection of the configuration"
        : `there is the state of: ${others.join(", ")}`,
  });
}
