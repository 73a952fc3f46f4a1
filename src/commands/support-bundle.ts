import { statfsSync } from "node:fs";
import { arch, freemem, release, totalmem } from "node:os";
import type { Config } from "../config/config.ts";
import { ConfigurationError, isRollcallError } from "../errors.ts";
import { isOfTheDisk, writeText } from "../files.ts";
import { textWithoutValues } from "../scim/without-values.ts";
import { movedOf } from "../store/house.ts";
import { stateFiles } from "../store/state-file.ts";
import { fileFacts, snapshotFacts } from "../store/support-facts.ts";
import { filesOf } from "./files-of.ts";
import type { Invocation } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { wrap } from "./output/table.ts";
import { redactedConfig } from "./redacted-config.ts";
import { createScreen } from "./screen.ts";
import { version } from "./version.ts";

type Facts = Readonly<Record<string, unknown>>;

/** A part of the bundle, and what it is in a sentence. */
const contents: Readonly<Record<string, string>> = {
  about: "versions of rollcall, Node and the system; memory and free disk space",
  configuration: "which settings there are; without names, addresses, paths, ids and secrets",
  files: "files of the state and their sizes",
  connections: "of each: counts, last runs, errors by code, holds, quarantine, the check of the audit trail",
};

/**
 * `rollcall support-bundle`: one text file (JSON) for somebody who helps from afar. It is made of what is known to tell of nobody, and not of everything
 * less what is known to tell: no person, no secret, no host. Whoever sends it reads it first.
 */
export async function run(invocation: Invocation): Promise<number> {
  const [file = ""] = invocation.arguments;
  const { io } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const bundle = {
    kind: "rollcall-support-bundle",
    at: isoTime(io.clock.now()),
    contents,
    about: about(config),
    configuration: redactedConfig(config),
    files: fileFacts(config.state),
    connections: connectionFacts(config),
  };
  const files = filesOf(io);
  if (await files.exists(file)) throw new ConfigurationError(`${file} exists already: name another file`);
  try {
    await writeText(files, file, "new", [`${JSON.stringify(bundle, null, 2)}\n`]);
  } catch (cause) {
    if (!isOfTheDisk(cause)) throw cause;
    throw new ConfigurationError(`cannot write ${file}: ${cause.message}`, {
      cause,
      hint: "name a file in a folder that you may write to",
    });
  }
  screen.document("SupportBundle", {
    file,
    contents: Object.entries(contents).map(([part, what]) => ({ part, what })),
  });
  if (screen.quiet) return 0;
  screen.line(`${screen.paint.add("✓")} ${escaped(file)} holds:`);
  for (const [part, what] of Object.entries(contents))
    screen.lines(
      wrap(what, screen.width - 18).map((line, at) => `  ${(at === 0 ? part : "").padEnd(14)} ${line}`),
    );
  screen.lines(wrap("It is plain text. Read it before you send it to anybody.", screen.width));
  return 0;
}

function about({ state }: Config): Facts {
  const { bavail, bsize } = statfsSync(stateOrRoot(state));
  return {
    rollcall: version(),
    node: process.versions.node,
    openssl: process.versions.openssl,
    platform: process.platform,
    release: release(),
    arch: arch(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    stateFreeBytes: bavail * bsize,
    isMoved: movedOf(state) !== undefined,
  };
}

function stateOrRoot(state: string): string {
  try {
    statfsSync(state);
    return state;
  } catch {
    return "/";
  }
}

/** One that cannot be opened says why, and keeps none of the others. */
function connectionFacts({ state, connections }: Config): readonly Facts[] {
  const known = new Set(connections.map(({ name }) => name));
  const names = [...new Set([...known, ...stateFiles(state)])];
  return names.map((name) => {
    const facts = { name, isConfigured: known.has(name) };
    if (!stateFiles(state).includes(name)) return { ...facts, hasRun: false };
    try {
      return { ...facts, hasRun: true, ...snapshotFacts(state, name) };
    } catch (error) {
      if (!isRollcallError(error)) throw error;
      return { ...facts, problem: textWithoutValues(error.message) };
    }
  });
}
