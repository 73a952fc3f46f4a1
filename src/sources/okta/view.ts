import type { Json, Kind } from "../../scim/resource.ts";
import type { SourceRecord, View } from "../source.ts";

const reasons: Readonly<Record<string, string>> = {
  STAGED: "not activated in Okta yet",
  PROVISIONED: "has not set up the login in Okta yet",
  SUSPENDED: "suspended in Okta",
  DEPROVISIONED: "deactivated in Okta",
};

/** An id of a person in Okta; anything else in `managerId` is a login, a number or a name. */
const userId = /^00u[A-Za-z0-9]{17}$/;

/** How a record looks: the manager as a reference where it is one, and why somebody counts as disabled. */
export function view(kind: Kind, record: SourceRecord): View {
  if (kind === "group") return { attributes: record };
  const attributes: Record<string, Json> = { ...record };
  const manager = record["managerId"];
  if (typeof manager === "string" && userId.test(manager)) attributes["managerUser"] = manager;
  if (record["accountEnabled"] !== false) return { attributes };
  const status = String(record["status"] ?? "");
  const since = Date.parse(String(record["statusChanged"] ?? ""));
  return {
    attributes,
    disabled: reasons[status] ?? `status ${status} in Okta`,
    ...(Number.isNaN(since) ? {} : { disabledAt: since }),
  };
}
