import { missingPrivileged } from "./privileged.ts";
import type { Work } from "./work.ts";

const words = {
  user: { who: "nobody", what: "an account" },
  group: { who: "no group", what: "a group" },
} as const;

/**
 * Names of the configuration that mean nobody whom the snapshot knows, a sentence each: misspelt, gone, or an account that only the target has.
 * Costs what is configured.
 */
export function unknownEntries(work: Pick<Work, "config" | "store">): readonly string[] {
  const { config, store } = work;
  const known = [...store.protections.known().values()];
  const protect = (["user", "group"] as const).flatMap((kind) =>
    config.protect[`${kind}s`]
      .filter((entry) => !known.some((each) => each.kind === kind && each.entry === entry))
      .map(
        (entry) =>
          `protect.${kind}s: ${words[kind].who} in the snapshot answers to "${entry}"; only ${words[kind].what} of that name at the target is kept from being taken over`,
      ),
  );
  const gone = missingPrivileged(work).map(
    (name) =>
      `privilegedGroups: the group "${name}" is not in the directory any more, or our account may not see it`,
  );
  return [...protect, ...gone];
}
