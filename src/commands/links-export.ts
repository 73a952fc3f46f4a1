import { open, rename, rm } from "node:fs/promises";
import { connectionNamed } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { LinkRow } from "../store/bindings.ts";
import type { Invocation } from "./invocation.ts";
import { lookAt, openConfig } from "./open.ts";
import { csvRecord } from "./output/csv.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { createScreen } from "./screen.ts";

/** The columns of a file of links, by name: kind and the two ids are what counts. */
export const linkColumns = ["kind", "source_id", "name", "target_id", "origin"] as const;

/** `rollcall links export`: who is linked to which account, as a file for another connection or a rainy day. */
export async function run(invocation: Invocation): Promise<number> {
  const [file = "", name] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const connection = connectionNamed(config, name);
  const store = lookAt(config, connection, invocation);
  if (store === undefined) {
    throw new ConfigurationError(`${connection.name} never ran: it has no links`, {
      hint: `rollcall plan ${connection.name}`,
    });
  }
  try {
    const counts = { users: 0, groups: 0 };
    await writeText(file, invocation, lines(store.bindings.all(), counts));
    if (file !== "-") {
      screen.document("LinksExport", { connection: connection.name, file, ...counts });
      if (!screen.quiet)
        screen.line(
          `${screen.paint.add("✓")} ${counted(counts.users, "person", "people")} and ${counted(counts.groups, "group")} of ${connection.name} written to ${escaped(file)}`,
        );
    }
    return 0;
  } finally {
    store.close();
  }
}

function* lines(links: Iterable<LinkRow>, counts: { users: number; groups: number }): Iterable<string> {
  yield csvRecord(linkColumns);
  for (const { kind, sourceId, name, targetId, origin } of links) {
    counts[kind === "user" ? "users" : "groups"] += 1;
    yield csvRecord([kind, sourceId, escaped(name), targetId, origin]);
  }
}

/** Writes a file that its owner alone may read, whole or not at all; "-" is standard output. */
export async function writeText(
  file: string,
  { io }: Pick<Invocation, "io">,
  pieces: Iterable<string>,
): Promise<void> {
  if (file === "-") {
    for (const piece of pieces) io.stdout.write(piece);
    return;
  }
  const beside = `${file}.${process.pid}.part`;
  try {
    const handle = await open(beside, "wx", 0o600);
    try {
      let waiting = "";
      for (const piece of pieces) {
        waiting += piece;
        if (waiting.length < 65_536) continue;
        await handle.write(waiting);
        waiting = "";
      }
      await handle.write(waiting);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    if (!isOfTheDisk(error)) throw error;
    throw new ConfigurationError(`cannot write ${file} (${error.code})`, {
      cause: error,
      hint: "check the folder, its rights and its free space",
    });
  }
}

function isOfTheDisk(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
