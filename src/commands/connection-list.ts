import type { Config } from "../config/config.ts";
import { StateFile, stateFiles } from "../store/state-file.ts";
import type { Invocation } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { table, wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** A snapshot whose connection the configuration does not know. */
export interface Orphan {
  readonly name: string;
  /** Accounts at the target that are ours and on; undefined where the file cannot be read. */
  readonly active: number | undefined;
}

/** `rollcall connection`: the connections of the configuration, and the snapshots that belong to none of them. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const orphans = orphansOf(config);
  const connections = config.connections.map(({ name, source, target, mode }) => ({
    name,
    source: source.name,
    target: target.name,
    mode,
  }));
  screen.document("Connections", { connections, orphans: orphans.map(orphanFields) });
  const { paint } = screen;
  const titles = ["CONNECTION", "SOURCE", "TARGET", "MODE"].map((title) => ({ title: paint.faint(title) }));
  screen.lines(
    table(
      titles,
      connections.map((each) => [
        paint.strong(each.name),
        escaped(each.source),
        escaped(each.target),
        each.mode,
      ]),
    ),
  );
  screen.lines(orphanLines(orphans, screen));
  return 0;
}

/** Snapshots in the state folder that belong to no connection of the configuration. */
export function orphansOf({ state, connections }: Config): Orphan[] {
  const known = new Set(connections.map(({ name }) => name));
  return stateFiles(state)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, active: activeIn(state, name) }));
}

/** A file that cannot be read is named all the same. */
function activeIn(folder: string, name: string): number | undefined {
  let file: StateFile | undefined;
  try {
    file = new StateFile(folder, name);
    return file.counts().active;
  } catch {
    return undefined;
  } finally {
    file?.close();
  }
}

export function orphanFields({ name, active }: Orphan): Record<string, unknown> {
  return { connection: name, activeAccounts: active ?? null };
}

/** What is known of them, and what to type. */
export function orphanLines(orphans: readonly Orphan[], { paint, width }: Screen): string[] {
  return orphans.flatMap(({ name, active }) => {
    const accounts =
      active === undefined
        ? ""
        : `, and ${counted(active, "account that it made or took over is", "accounts that it made or took over are")} on`;
    const text = `there is a state file, but no connection is called so${accounts}. Nobody is deactivated because of that.`;
    return [
      "",
      paint.strong(escaped(name)),
      ...wrap(text, width - 4).map((line, at) => `  ${at === 0 ? paint.note("!") : " "} ${line}`),
      `  ${paint.note("→")} where it has another name now, give that for NEW:`,
      `    rollcall connection rename ${escaped(name)} NEW`,
      `  ${paint.note("→")} where it is to end, its accounts staying as they are:`,
      `    rollcall connection retire ${escaped(name)} --release`,
    ];
  });
}
