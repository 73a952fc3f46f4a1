import type { Host } from "../daemon/control-host.ts";
import type { ConnectionWork } from "../daemon/worker-status.ts";
import { ConnectionError } from "../errors.ts";
import type { Io } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { relative, span } from "./output/numbers.ts";
import { progressText } from "./output/progress.ts";
import { wrap } from "./output/table.ts";
import type { Screen } from "./screen.ts";

/** The daemon that this command runs in. Throws ConnectionError where it runs in a process of its own, because there is none. */
export function hostOf({ guest }: Pick<Io, "guest">): Host {
  if (guest !== undefined) return guest.host;
  throw new ConnectionError("no daemon runs with this configuration", {
    hint: "start it: systemctl start rollcall, or rollcall daemon",
  });
}

/** What the daemon does now, for other programs; null: none runs. */
export function daemonFields({ guest }: Pick<Io, "guest">): Readonly<Record<string, unknown>> | null {
  if (guest === undefined) return null;
  const { startedAt, config, refused, stopping, connections } = guest.host.status();
  return {
    version: guest.host.version,
    pid: process.pid,
    startedAt: isoTime(startedAt),
    configurationSince: isoTime(config.since),
    refused: refused === undefined ? null : { at: isoTime(refused.at), message: refused.message },
    stopping,
    connections: connections.map(({ connection, nextAt, doing, waiting, busySince }) => ({
      connection,
      nextAt: isoTime(nextAt),
      doing:
        doing === undefined
          ? null
          : { what: doing.what, since: isoTime(doing.beganAt), progress: doing.progress ?? null },
      waiting: waiting.map(({ what, askedAt }) => ({ what, since: isoTime(askedAt) })),
      busySince: isoTime(busySince),
    })),
  };
}

/** What the daemon does now, for people. */
export function daemonLines({ guest }: Pick<Io, "guest">, { paint, width }: Screen, now: number): string[] {
  if (guest === undefined) return ["", `${paint.strong("daemon")}  does not run`];
  const { startedAt, refused, stopping, connections } = guest.host.status();
  const say = (mark: string, text: string) =>
    wrap(escaped(text), width - 4).map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
  const runs = `running for ${span(now - startedAt)}, version ${guest.host.version}, pid ${process.pid}`;
  return [
    "",
    `${paint.strong("daemon")}  ${stopping ? paint.note("stopping, ") : ""}${runs}`,
    ...(refused === undefined
      ? []
      : say(
          paint.remove("✗"),
          `the configuration was changed ${relative(refused.at, now)} and is not in use: ${refused.message}`,
        )),
    ...connections.flatMap((each) => workTexts(each, now).flatMap((text) => say(" ", text))),
  ];
}

function workTexts({ connection, nextAt, doing, waiting, busySince }: ConnectionWork, now: number): string[] {
  const texts: string[] = [];
  if (doing !== undefined) {
    const how = doing.progress === undefined ? "" : `: ${progressText(doing.progress)}`;
    texts.push(`${connection}: ${doing.what}, began ${relative(doing.beganAt, now)}${how}`);
  } else if (busySince !== undefined) {
    texts.push(`${connection}: another process has worked on it for ${span(now - busySince)}`);
  } else if (nextAt !== undefined) {
    texts.push(`${connection}: next cycle ${nextAt <= now ? "now" : relative(nextAt, now)}`);
  }
  for (const each of waiting)
    texts.push(`${connection}: ${each.what} has waited for ${span(now - each.askedAt)}`);
  return texts;
}
