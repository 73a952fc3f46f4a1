import { isRollcallError } from "../errors.ts";
import { Secret } from "../secret.ts";

const deepest = 6;

/** Fields as they may be logged: errors only by what is known to be harmless, secrets never, nothing endless. */
export function logFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, harmless(value, 0)]));
}

function harmless(value: unknown, depth: number): unknown {
  if (value instanceof Error) return errorFields(value, depth);
  if (value instanceof Secret) return "[redacted]";
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "...";
  if (Array.isArray(value)) return value.map((each) => harmless(each, depth + 1));
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, harmless(each, depth + 1)]));
}

/**
 * Libraries hang requests, headers and answers on their errors, and put values into messages. So only the sentence of our own families is
 * logged; of any other error its name, codes and the places of its stack.
 */
function errorFields(error: Error, depth: number): Record<string, unknown> {
  const known = isRollcallError(error);
  const fields: Record<string, unknown> = { type: error.name };
  if (known) fields["message"] = error.message;
  for (const name of ["code", "status", "outcome", "retryAfterMs", "errno", "syscall"] as const) {
    const value = (error as unknown as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "number" || (typeof value === "string" && (known || isConstant(name, value))))
      fields[name] = value;
  }
  if (!known) fields["at"] = places(error);
  if (error.cause instanceof Error && depth < deepest) fields["cause"] = errorFields(error.cause, depth + 1);
  return fields;
}

/** ECONNRESET, UND_ERR_SOCKET, connect: names that a program chose, not somebody's data. */
function isConstant(name: string, value: string): boolean {
  if (name === "syscall") return /^[a-z]{1,20}$/.test(value);
  return name === "code" && /^[A-Z][A-Z0-9_]{1,63}$/.test(value);
}

/** The frames of a stack without the message that stands before them. */
function places(error: Error): readonly string[] {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at .*[:(]/.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
