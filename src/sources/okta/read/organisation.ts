import { ConnectionError, ProtocolError } from "../../../errors.ts";
import { z } from "../../../zod.ts";
import type { OktaApi, Reply } from "../client/okta-api.ts";
import { Refused } from "../client/refused.ts";
import type { Reading } from "./reading.ts";

const organisation = z.looseObject({ id: z.string().min(1) });

/** The id of the organisation, which outlives its name and domains, and the server's time (ms). */
export async function organisationOf(
  api: OktaApi,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly date: number }> {
  const reply = await ask(api, signal);
  const result = organisation.safeParse(reply.body);
  if (result.success) return { id: result.data.id, date: reply.date };
  throw noOrganisation(api.host, result.error);
}

/** The server's clock, ms since 1970. */
export async function serverTime({ api }: Reading, signal: AbortSignal): Promise<number> {
  return (await ask(api, signal)).date;
}

async function ask(api: OktaApi, signal: AbortSignal): Promise<Reply> {
  try {
    return await api.get("/.well-known/okta-organization", "asking for the organisation", signal);
  } catch (error) {
    if (isNotFound(error)) throw noOrganisation(api.host, error);
    throw error;
  }
}

/** Whoever says so: Okta knows the address. */
function isNotFound(error: unknown): boolean {
  const { cause } = error instanceof ConnectionError ? error : {};
  return cause instanceof Refused && cause.answer.status === 404;
}

function noOrganisation(host: string, cause: unknown): ConnectionError {
  return new ProtocolError(`${host} is no Okta organisation`, { cause, hint: "correct orgUrl" });
}
