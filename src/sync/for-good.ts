import type { ScimApi } from "../scim/api.ts";

/** Why nobody is deactivated at this target; undefined where it can be undone, or is allowed all the same. */
export function whyNotForGood({ capabilities }: Pick<ScimApi, "capabilities">): string | undefined {
  if (capabilities.irreversibleDeactivation !== "not allowed") return undefined;
  return "not sent: at this target a deactivation deletes the account or cannot be undone; allowIrreversible: true at the target lets it through";
}
