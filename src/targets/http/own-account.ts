import type { Client } from "./client.ts";
import { storedOf } from "./walk.ts";

/** Whose account our token is (RFC 7644 3.11, GET /Me): its id, or undefined where the service does not answer that with a person. */
export async function ownAccount(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const call = {
    method: "GET",
    path: "/Me",
    kind: "user",
    to: "say whose token it is",
    object: true,
  } as const;
  return storedOf(await client.call(call, signal), "user")?.id;
}
