import { ConnectionError } from "../../../errors.ts";

/** Without these nothing can be read. */
const REQUIRED = ["okta.users.read", "okta.groups.read"] as const;

/** Least scopes that a service application needs. Without the last one deletions are found by full reads only. */
export const SCOPES = [...REQUIRED, "okta.logs.read"] as const;

/** For people assigned to an application; asked for only where the configuration names one. */
export const APPS_SCOPE = "okta.apps.read";

/** The scope that reading this path takes, "/api/v1/groups/00g1/users"; undefined where none of ours is it. */
export function scopeOf(path: string): string | undefined {
  const collection = /^\/api\/v1\/([a-z]+)/.exec(path)?.[1];
  return [...SCOPES, APPS_SCOPE].find((scope) => scope === `okta.${collection}.read`);
}

/** A service application was not granted what nothing can be done without. */
export class MissingScopes extends ConnectionError {}

/** Throws MissingScopes when something that is needed is not among them. */
export function checkScopes(wanted: readonly string[], granted: readonly string[]): void {
  const needed = wanted.filter((scope) => scope !== "okta.logs.read");
  const missing = needed.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return;
  throw new MissingScopes(`the service application was not granted ${missing.join(", ")}`, {
    hint: "grant it in the application's tab Okta API Scopes; it also needs the role Read-only Administrator",
  });
}
