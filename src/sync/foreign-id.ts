import type { WideRow } from "../store/rows.ts";
import type { Work } from "./work.ts";

/**
 * The external id of another system on an account or group that is about to be taken over. One that we gave it ourselves, for somebody who left,
 * is none: it is replaced.
 */
export function foreignIdOf(
  row: Pick<WideRow, "body">,
  carried: unknown,
  lastOwner: string | null | undefined,
): string | undefined {
  if (typeof carried !== "string" || carried === "") return undefined;
  return carried === row.body["externalId"] || carried === lastOwner ? undefined : carried;
}

/** Whether that stays as it is. */
export function keepsForeignId({ config }: Pick<Work, "config">): boolean {
  return !config.policy.rewriteExternalId;
}
