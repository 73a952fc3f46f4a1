import { randomUUID } from "node:crypto";
import type { Answer } from "./answer.ts";

/** Why the authority gives no token; the number is the one after AADSTS. */
export class LoginRefusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.number = number;
  }
}

/** The error body of the login authority. */
export function loginRefused(refusal: LoginRefusal, loginUrl: string, now: number): Answer {
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  return {
    status: refusal.status,
    headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache" },
    body: JSON.stringify({
      error: refusal.error,
      error_description: `AADSTS${refusal.number}: ${refusal.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [refusal.number],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `${loginUrl}/error?code=${refusal.number}`,
    }),
  };
}
