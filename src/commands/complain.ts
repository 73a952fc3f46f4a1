import {
  BusyError,
  ConfigurationError,
  CredentialsRefused,
  isRollcallError,
  ProtocolError,
} from "../errors.ts";
import type { Io } from "./invocation.ts";
import { createPaint } from "./output/colour.ts";
import { escapedLines } from "./output/escape.ts";
import { jsonDocument } from "./output/json.ts";

/** Says what went wrong, in a sentence and what to do, and gives the exit code. What is none of our errors is our bug: then with its stack. */
export function complain(
  error: unknown,
  io: Io,
  how: {
    readonly json?: boolean;
    readonly verbose?: boolean;
    /** The connection that it happened to, where others go on. */
    readonly connection?: string;
  },
): number {
  const exitCode = exitCodeOfError(error, io);
  // The answer that was broken off leaves its question on the line.
  if (isBrokenOff(error) && !io.signal.aborted && io.stderr.isTerminal) io.stderr.write("\n");
  const { message: said, hint: general } = wordsOf(error);
  const hint = io.adviceOn?.(error) ?? general;
  // A list of problems starts with file:line:column, which editors and people look for at the start of a line.
  const isList = error instanceof Error && "problems" in error;
  const { connection = "" } = how;
  const message =
    connection === "" || isList || said.startsWith(`${connection}: `) ? said : `${connection}: ${said}`;
  if (how.json === true)
    io.stdout.write(`${jsonDocument("Error", { message, hint: hint ?? null, exitCode })}\n`);
  const paint = createPaint(io.stderr.isTerminal, io.environment);
  const [first = "", ...rest] = escapedLines(message);
  const start = isList ? "" : `${paint.remove("rollcall:")} `;
  io.stderr.write(`${start}${first}\n`);
  for (const line of rest) io.stderr.write(`${line}\n`);
  for (const line of hint === undefined ? [] : escapedLines(hint)) io.stderr.write(`  ${line}\n`);
  if (!isRollcallError(error) && !isBrokenOff(error) && !io.signal.aborted) {
    io.stderr.write(
      "This is a bug in rollcall. Please report it with the lines below; they hold no data of people.\n",
    );
    for (const line of stackOf(error)) io.stderr.write(`  ${line}\n`);
  } else if (how.verbose === true) {
    for (const line of causesOf(error)) io.stderr.write(`  ${paint.faint(line)}\n`);
  }
  return exitCode;
}

function exitCodeOfError(error: unknown, io: Io): number {
  if (io.signal.aborted && !(error instanceof ConfigurationError)) return 1;
  if (error instanceof ConfigurationError) return 2;
  if (isBrokenOff(error)) return 130;
  if (error instanceof CredentialsRefused || error instanceof ProtocolError) return 5;
  return error instanceof BusyError ? 75 : 1;
}

/** Ctrl-C or Ctrl-D at a question reaches nobody as a signal: readline ends the question with this error, and nothing was done yet. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function wordsOf(error: unknown): { readonly message: string; readonly hint?: string | undefined } {
  if (isRollcallError(error))
    return { message: error.message, hint: (error as Error & { readonly hint?: string }).hint };
  if (isBrokenOff(error)) return { message: "stopped" };
  return {
    message:
      error instanceof Error ? foreignWords(error) : "unexpected: something was thrown that is no error",
  };
}

/** Sentences of the engine in which nothing but names of our program can stand. */
const harmless = [
  /^Cannot (read|set) properties of (undefined|null) \((reading|setting) '[\w#$]{1,60}'\)$/,
  /^[\w#$.]{1,80} is not (a function|defined|iterable|a constructor)$/,
  /^(Maximum call stack size exceeded|Invalid array length|Invalid string length|The operation was aborted\.?)$/,
];

/** Libraries put values into messages, and servers' answers: of an error that is none of ours only what holds none is said. */
function foreignWords(error: Error): string {
  const code = "code" in error && typeof error.code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code);
  const name = /^[\w.]{1,60}$/.test(error.name) ? error.name : "Error";
  if (harmless.some((form) => form.test(error.message))) return `${name}: ${error.message}`;
  return code ? `${name} (${(error as Error & { readonly code: string }).code})` : name;
}

function stackOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const cause =
    error.cause instanceof Error ? [`caused by ${error.cause.name}`, ...stackOf(error.cause)] : [];
  return [...frames.flatMap((line) => escapedLines(line.trim())), ...cause];
}

function causesOf(error: unknown): readonly string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return [];
  const words = isRollcallError(cause) ? `${cause.name}: ${cause.message}` : foreignWords(cause);
  return [...escapedLines(`caused by ${words}`), ...causesOf(cause)];
}
