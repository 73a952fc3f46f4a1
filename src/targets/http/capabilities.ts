import type { Capabilities, Finding } from "../../scim/api.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Settings } from "./settings.ts";

/** What a service can do, as its profile and its settings tell. */
export function capabilitiesOf(profile: Profile, { concurrency, allowIrreversible }: Settings): Capabilities {
  const { update, filter, membersPerRequest, membersReadable, rename, settleMs, enforcesUniqueness } =
    profile;
  return {
    update,
    filter,
    membersPerRequest,
    membersReadable,
    irreversibleDeactivation: profile.irreversibleDeactivation
      ? allowIrreversible
        ? "allowed"
        : "not allowed"
      : false,
    delete: profile.delete,
    rename,
    settleMs,
    concurrency,
    enforcesUniqueness,
  };
}

/** A word about a service that deactivates for good. */
export function deactivationFindings(profile: Profile, { allowIrreversible }: Settings): Finding[] {
  if (!profile.irreversibleDeactivation) return [];
  const check = "deactivation";
  if (allowIrreversible)
    return [
      {
        ok: true,
        check,
        message: "deactivating deletes accounts or cannot be undone; allowed, and guarded as deletions",
      },
    ];
  return [
    {
      ok: "warning",
      check,
      message:
        "deactivating deletes accounts or cannot be undone there: nobody is deactivated, who leaves keeps access and is named in every run",
      hint: "set allowIrreversible: true at this target, or take the access away there by hand",
    },
  ];
}
