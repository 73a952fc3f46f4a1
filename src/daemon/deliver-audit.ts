import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config, SyslogConfig } from "../config/config.ts";
import { BusyError } from "../errors.ts";
import { type SyslogMessage, syslogText } from "../observe/syslog-message.ts";
import { sendSyslog } from "../observe/syslog-send.ts";
import { AuditStream, type StreamedEvent } from "../store/audit-stream.ts";
import { movedOf } from "../store/house.ts";
import { takeLock } from "../store/lock.ts";

/** Events of one delivery: so many may come twice when it is not known what became of it. */
const atOnce = 500;
/** A message with values that is longer goes without them. */
const longestBytes = 60_000;

/**
 * Sends a connection's audit trail on to the log server, from where the last delivery ended to its newest event; returns how many events. One process
 * at a time; where another one does it already, or there is no trail, nothing is done. What fails is sent again by the next call: nothing is left out, and
 * a receiver knows what comes twice by its number and hash. Holds nothing that a cycle waits for.
 */
export async function deliverAudit(
  { audit, state }: Pick<Config, "audit" | "state">,
  connection: string,
  about: { readonly version: string; readonly signal: AbortSignal },
): Promise<number> {
  const { syslog } = audit;
  if (syslog === undefined || !existsSync(join(state, `${connection}.db`))) return 0;
  if (movedOf(state) !== undefined) return 0;
  const lock = lockStream(state, connection);
  if (lock === undefined) return 0;
  try {
    const stream = AuditStream.open(state, connection);
    try {
      return await drain(stream, syslog, connection, about);
    } finally {
      stream.close();
    }
  } finally {
    lock.release();
  }
}

function lockStream(state: string, connection: string) {
  try {
    return takeLock(join(state, `${connection}.stream.lock`), connection);
  } catch (error) {
    if (error instanceof BusyError) return undefined;
    throw error;
  }
}

async function drain(
  stream: AuditStream,
  syslog: SyslogConfig,
  connection: string,
  { version, signal }: { readonly version: string; readonly signal: AbortSignal },
): Promise<number> {
  const host = hostname();
  for (let sent = 0; ; ) {
    const events = stream.next(atOnce);
    const last = events.at(-1);
    if (last === undefined) return sent;
    const texts = events.map((event) => textOf(event, syslog, { connection, host, version }));
    await sendSyslog(syslog, texts, signal);
    stream.advance(last.seq);
    sent += events.length;
  }
}

function textOf(
  event: StreamedEvent,
  { facility, values }: SyslogConfig,
  {
    connection,
    host,
    version,
  }: { readonly connection: string; readonly host: string; readonly version: string },
): string {
  const { at, seq, before, after, sourceId, targetId, kind, ...rest } = event;
  const changed = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const body = { connection, seq, ...rest, object: kind, sourceId, targetId, changed };
  const message = {
    ...{ facility, severity: severityOf(event), at, host, id: event.event, sequence: seq, version },
  };
  const text = syslogText({ ...message, body: values ? { ...body, before, after } : body });
  return Buffer.byteLength(text) <= longestBytes ? text : syslogText({ ...message, body });
}

function severityOf({ event, outcome }: StreamedEvent): SyslogMessage["severity"] {
  if (outcome === "failed" || outcome === "unknown") return "warning";
  return event === "approval" || event === "decision" ? "notice" : "informational";
}
