import type { Verification } from "../store/audit-verify.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { isoTime } from "./output/json.ts";
import { counted, localTime } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall log verify`: walks the chain of the audit trail. Exit code 1 when it is broken. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const results = connectionsOf(config, invocation.arguments).map((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return { connection: connection.name, found: store?.audit.verify() };
    } finally {
      store?.close();
    }
  });
  const holds = results.every(({ found }) => found?.firstBreak === undefined);
  screen.document("LogVerification", {
    holds,
    connections: results.map(({ connection, found }) => ({
      connection,
      hasRun: found !== undefined,
      firstBreak: found?.firstBreak ?? null,
      events: found?.events ?? 0,
      from: found?.from === undefined ? null : { seq: found.from.seq, at: isoTime(found.from.at) },
      dropped: found?.dropped ?? 0,
      erased: found?.erased ?? 0,
    })),
  });
  for (const { connection, found } of results) screen.lines(lines(connection, found, screen));
  return holds ? 0 : 1;
}

function lines(connection: string, found: Verification | undefined, { paint, width }: Screen): string[] {
  if (found === undefined) return [`${paint.faint(".")} ${connection}: never run, nothing to check`];
  const { firstBreak, events, from, dropped, erased } = found;
  const text =
    firstBreak === undefined
      ? `the audit trail is whole${from === undefined ? "" : `: ${counted(events, "event")} from number ${from.seq} of ${localTime(from.at)} on`}`
      : `the audit trail was changed: entry ${firstBreak} does not fit the one before it, or lost something without a word of it`;
  const more = [
    dropped === 0
      ? ""
      : `; ${counted(dropped, "older event was", "older events were")} dropped when their time was over`,
    erased === 0
      ? ""
      : `; what is personal was erased from ${counted(erased, "event")} because somebody was forgotten`,
  ];
  const mark = firstBreak === undefined ? paint.add("✓") : paint.remove("✗");
  return wrap(`${connection}: ${text}${more.join("")}`, width - 2).map(
    (line, at) => `${at === 0 ? mark : " "} ${line}`,
  );
}
