import type { HoldClass } from "../store/holds.ts";

/** What would happen to n of them, and who they are. */
const words: Readonly<Record<HoldClass, readonly [what: string, one: string, many: string]>> = {
  adoptions: ["be taken over", "existing account or group", "existing accounts or groups"],
  "not-visible": ["lose access, no longer visible in the directory", "person or group", "people or groups"],
  deactivations: ["be deactivated", "person", "people"],
  deletions: ["be deleted", "person or group", "people or groups"],
  "member-removals": ["be removed", "membership", "memberships"],
  creations: ["be created or switched on again", "person or group", "people or groups"],
  "identifier-changes": ["get another user name, external id or e-mail address", "person", "people"],
  "cleared-values": ["lose a value", "person", "people"],
  "switched-off": [
    "be switched on again that somebody else switched off at the target",
    "account",
    "accounts",
  ],
  "privileged-additions": ["be added to groups that give rights", "membership", "memberships"],
  configuration: ["be changed by the edit of the configuration", "object", "objects"],
};

/** "12 of 60 people would be deactivated" */
export function sentence(name: HoldClass, n: number, base?: number): string {
  const [what, one, many] = words[name];
  return `${n}${base === undefined ? "" : ` of ${base}`} ${n === 1 && base === undefined ? one : many} would ${what}`;
}
