import { ConnectionError, CredentialsRefused, TransientError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { Dialing } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Login, Session } from "./session.ts";

/**
 * Opens a session with the first domain controller that can be reached and trusted. Refused credentials end it at once: trying
 * them elsewhere would count towards the lockout of the account. When all fail: ConnectionError if a person has to mend each of
 * them, else TransientError. `used`: the URL of the one that was used before; that it is lost is news, while one that never answers is
 * reported by test connection.
 */
export async function reach(
  endpoints: readonly Endpoint[],
  dialing: Dialing,
  login: Login,
  log: Log,
  used: string | undefined,
  signal: AbortSignal,
): Promise<Session> {
  const failures: (ConnectionError | TransientError)[] = [];
  for (const endpoint of endpoints) {
    try {
      return await Session.open(endpoint, dialing, login, signal);
    } catch (error) {
      if (error instanceof CredentialsRefused) throw error;
      if (!(error instanceof ConnectionError || error instanceof TransientError)) throw error;
      const level = endpoint.url === used && endpoints.length > 1 ? "warn" : "info";
      log[level]({ url: endpoint.url, error: error.message }, "domain controller cannot be used");
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) throw new ConnectionError("no domain controller is named");
  if (failures.length === 1) throw first;
  const message = `none of ${failures.length} domain controllers can be used: ${failures.map((failure) => failure.message).join("; ")}`;
  const hint = failures.find((failure) => failure.hint !== undefined)?.hint;
  const options = { cause: new AggregateError(failures), ...(hint === undefined ? {} : { hint }) };
  if (failures.every((failure) => failure instanceof ConnectionError))
    throw new ConnectionError(message, options);
  throw new TransientError(message, { ...options, outcome: "none" });
}
