import type { ProtectedChange } from "../../store/protections.ts";
import { count } from "./numbers.ts";

/** So many are named where there is no room for all. */
const few = 5;

/** "root@example.com: what is wanted is not sent, protect.users names "root"" , a sentence each; above a handful the others are counted. */
export function protectedTexts(
  { count: all, changes }: { readonly count: number; readonly changes: readonly ProtectedChange[] },
  most = few,
): string[] {
  const shown = changes.slice(0, most);
  const more = all - shown.length;
  return [
    ...shown.map((change) => `${whose(change)} is left as it is: ${change.reason}`),
    ...(more > 0 ? [`and ${count(more)} more protected changes`] : []),
  ];
}

/** How such a change is let through, if it is to be. */
export const protectedHint =
  "nobody can approve that; to let it through, take the entry out of the configuration, or give the group another active member";

/** The same for other programs. */
export function protectedFields({
  count: all,
  changes,
}: {
  readonly count: number;
  readonly changes: readonly ProtectedChange[];
}): Record<string, unknown> {
  return {
    count: all,
    changes: changes.map(({ kind, label, sourceId, groupLabel, reason }) => ({
      kind,
      label,
      sourceId,
      group: groupLabel,
      reason,
    })),
  };
}

function whose({ label, sourceId, groupLabel }: ProtectedChange): string {
  const name = label || sourceId;
  return groupLabel === null ? name : `${name} in ${groupLabel}`;
}
