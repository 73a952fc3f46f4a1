import { escapeJson } from "./json-escape.ts";

/** One message for a log server (RFC 5424). */
export interface SyslogMessage {
  /** Number of 6.2.1. */
  readonly facility: number;
  readonly severity: "warning" | "notice" | "informational";
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly host: string;
  /** What kind of message it is: at most 32 letters. */
  readonly id: string;
  /** Counts up without a gap, so that a receiver sees what is missing. */
  readonly sequence: number;
  readonly version: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const severities = { warning: 4, notice: 5, informational: 6 } as const;
/** 7.3.1: after that the count begins anew. */
const largestSequence = 2_147_483_647;

/**
 * Header, the two elements `origin` and `meta` that every receiver knows (7.2, 7.3), and JSON in UTF-8. Nothing in it ends a line or moves a
 * cursor.
 */
export function syslogText(message: SyslogMessage): string {
  const { facility, severity, at, host, id, sequence, version, body } = message;
  const priority = facility * 8 + severities[severity];
  const header = [
    `<${priority}>1`,
    new Date(at).toISOString(),
    printable(host, 255),
    "rollcall",
    String(process.pid),
    printable(id, 32),
  ];
  const number = ((sequence - 1) % largestSequence) + 1;
  const data = `[origin software="rollcall" swVersion="${printable(version, 32)}"][meta sequenceId="${number}"]`;
  // The mark in front says that it is UTF-8 (6.4).
  return `${header.join(" ")} ${data} \ufeff${escapeJson(JSON.stringify(body))}`;
}

/** Letters that a header may have; "-" where none is left. */
function printable(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]|["\\\]]/g, "").slice(0, most) || "-";
}
