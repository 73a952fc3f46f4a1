import { type Narrator, StoryStopped } from "./narrator.ts";
import type { Stage } from "./stage.ts";

/** Where the changes of people and groups are asked for. */
const STREAMS = ["/users/delta", "/groups/delta", "/api/v1/users", "/api/v1/groups", "/api/v1/logs"];

/** What a cycle asked of the stand-ins, by their own count; more than once a stream ends the story. */
export function showRequests(narrator: Narrator, { entra, okta }: Stage): void {
  const asked = counted([
    ...entra.requests.to("graph").map(({ path }) => `Entra ID  ${path}`),
    ...okta.requests.map(({ path }) => `Okta      ${path.split("?")[0]}`),
  ]);
  const streams = STREAMS.map((path) => [...asked].find(([name]) => name.endsWith(` ${path}`)));
  if (streams.some((found) => found?.[1] !== 1))
    throw new StoryStopped(`not one request a stream: ${JSON.stringify([...asked])}`);
  const logins = entra.requests.to("login").length;
  narrator.show(
    "",
    "   asked of the stand-ins, by their own count:",
    ...[...asked].map(([name, times]) => `     ${name.padEnd(48)}${times}`),
    `     ${"Entra ID  (where to log in, and the login)".padEnd(48)}${logins}`,
  );
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
