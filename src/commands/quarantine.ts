import type { Quarantine } from "../store/quarantines.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { quarantineFields, quarantineTexts } from "./output/quarantine.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall quarantine list`: the connections that wait for a person to mend something: why, since when, until when, and what failed first. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const now = invocation.io.clock.now();
  const all = connectionsOf(config, invocation.arguments).map((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return { name: connection.name, quarantine: store?.quarantine.current() };
    } finally {
      store?.close();
    }
  });
  screen.document("Quarantine", {
    at: isoTime(now),
    connections: all.map(({ name, quarantine }) => ({
      connection: name,
      quarantine: quarantineFields(quarantine),
    })),
  });
  const found = all.filter(({ quarantine }) => quarantine !== undefined);
  if (found.length === 0 && !screen.quiet) screen.line("No connection is in quarantine.");
  for (const { name, quarantine } of found)
    if (quarantine !== undefined) screen.lines(lines(name, quarantine, screen, now));
  return 0;
}

function lines(name: string, quarantine: Quarantine, { paint, width }: Screen, now: number): string[] {
  const say = (mark: string, text: string) =>
    wrap(escaped(text), width - 4).map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
  const texts = quarantineTexts(quarantine, now);
  return [
    paint.strong(name),
    ...texts.flatMap((text, at) => say(at === 0 ? paint.remove("✗") : " ", text)),
    ...say(paint.note("→"), `rollcall test ${name}   then, when it is mended: rollcall sync ${name}`),
  ];
}
