import type { IncomingHttpHeaders } from "node:http";
import { hasPassword } from "./statuses.ts";
import type { User } from "./users.ts";

const typeId = "oty1standInUserType0";
const schemaId = "osc1standInUserType0";

/** How one request wants users shown. */
export interface UserView {
  readonly origin: string;
  /** Read alone, a user comes with all its links. */
  readonly alone: boolean;
  /** omitCredentials, omitCredentialsLinks, omitTransitioningToStatus. */
  readonly omit: ReadonlySet<string>;
  /** The parameter `fields`. */
  readonly fields: string | null;
}

export function userView(
  origin: string,
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  alone = false,
): UserView {
  const wish = /okta-response=("?)([A-Za-z,]+)\1/.exec(headers["content-type"] ?? "")?.[2] ?? "";
  return { origin, alone, omit: new Set(wish.split(",")), fields: query.get("fields") };
}

export function showUser(user: User, view: UserView): Record<string, unknown> {
  const { id, status, profile, provider } = user;
  const password = hasPassword(status);
  const credentials = {
    ...(password && {
      password: {},
      emails: [{ value: profile.email, status: "VERIFIED", type: "PRIMARY" }],
    }),
    provider: { type: provider, name: provider },
  };
  const whole = {
    id,
    status,
    ...(user.transitioningToStatus !== undefined &&
      !view.omit.has("omitTransitioningToStatus") && { transitioningToStatus: user.transitioningToStatus }),
    created: user.created,
    activated: user.activated,
    statusChanged: user.statusChanged,
    lastLogin: null,
    lastUpdated: user.lastUpdated,
    passwordChanged: user.passwordChanged,
    type: { id: typeId },
    profile,
    ...(view.omit.has("omitCredentials") ? {} : { credentials }),
    _links: links(user, view),
  };
  return view.fields === null ? whole : chosen(whole, view.fields);
}

function links(user: User, { origin, alone, omit }: UserView): Record<string, unknown> {
  const href = `${origin}/api/v1/users/${user.id}`;
  const self = { self: { href } };
  if (!alone) return self;
  const post = (name: string, path: string) => ({ [name]: { href: `${href}/${path}`, method: "POST" } });
  const passwords = hasPassword(user.status) && !omit.has("omitCredentialsLinks");
  return {
    ...(user.status === "ACTIVE" && post("suspend", "lifecycle/suspend")),
    ...(user.status === "SUSPENDED" && post("unsuspend", "lifecycle/unsuspend")),
    ...(user.status === "LOCKED_OUT" && post("unlock", "lifecycle/unlock")),
    ...(/STAGED|DEPROVISIONED/.test(user.status) && post("activate", "lifecycle/activate")),
    ...(user.status === "PROVISIONED" && post("reactivate", "lifecycle/reactivate")),
    schema: { href: `${origin}/api/v1/meta/schemas/user/${schemaId}` },
    ...(passwords && {
      ...post("resetPassword", "lifecycle/reset_password"),
      ...post("expirePassword", "lifecycle/expire_password"),
      ...post("changeRecoveryQuestion", "credentials/change_recovery_question"),
      ...post("changePassword", "credentials/change_password"),
    }),
    ...self,
    type: { href: `${origin}/api/v1/meta/types/user/${typeId}` },
    ...(user.status === "DEPROVISIONED"
      ? { delete: { href, method: "DELETE" } }
      : post("deactivate", "lifecycle/deactivate")),
  };
}

/** `fields=id,status,profile:(login,email)`: what is not named does not come. */
function chosen(whole: Readonly<Record<string, unknown>>, fields: string): Record<string, unknown> {
  const inner = /profile:\(([^)]*)\)/
    .exec(fields)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  const names = new Set(
    fields
      .replace(/profile:\([^)]*\)/, "profile")
      .split(",")
      .map((name) => name.trim()),
  );
  const kept = Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
  if (inner === undefined) return kept;
  const profile = Object.entries(whole["profile"] as object).filter(([name]) => inner.includes(name));
  return { ...kept, profile: Object.fromEntries(profile) };
}
