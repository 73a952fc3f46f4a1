import type { Invariant } from "./invariant.ts";

export const oneAccount: Invariant = {
  id: "I1",
  sentence: "a person or group has at most one account at the target",
  watch:
    ({ owners, broken }) =>
    (event) => {
      // Making an account, and the first write to one that was taken over.
      if (event.type !== "effect") return;
      const owner = owners.owner(event.id);
      if (owner === undefined) return;
      const accounts = owners.accountsOf(owner);
      if (accounts.length > 1) broken(`${owner} has ${accounts.join(" and ")}`);
    },
};
