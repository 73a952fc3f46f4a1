import { type DestinationStream, pino } from "pino";
import type { Log } from "../log.ts";
import { escapeJson } from "./json-escape.ts";
import { logFields } from "./log-fields.ts";

export type Level = "debug" | "info" | "warn" | "error";

/** Where log lines go: standard error, as a rule. */
export interface LogOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** JSON, one record a line; on a terminal short lines for people. What is below `level` is not said. */
export function createLog(level: Level, output: LogOutput): Log {
  const stream: DestinationStream = {
    write: (line) => output.write(output.isTerminal ? forPeople(line) : escapeJson(line)),
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    debug: (fields, message) => logger.debug(logFields(fields), message),
    info: (fields, message) => logger.info(logFields(fields), message),
    warn: (fields, message) => logger.warn(logFields(fields), message),
    error: (fields, message) => logger.error(logFields(fields), message),
  };
}

function forPeople(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const said = [String(time).slice(11, 19), String(level), String(msg), ...rest].join(" ");
  return `${escapeJson(JSON.stringify(said)).slice(1, -1).replaceAll('\\"', '"')}\n`;
}
