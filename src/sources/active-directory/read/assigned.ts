import { ConfigurationError } from "../../../errors.ts";
import { find } from "./find.ts";
import type { Reading } from "./reading.ts";

/** The groups that an admin names to limit a connection to their members: each must be there exactly once. */
export async function assignedGroups(
  reading: Reading,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const [id, another] = await find(reading, "group", name, signal);
    if (id === undefined) {
      throw new ConfigurationError(
        `scope.assigned: there is no group "${name}" in the directory, or our account may not see it`,
        {
          hint: "name it as the directory does (sAMAccountName, cn, distinguished name or objectGUID); nobody was touched",
        },
      );
    }
    if (another !== undefined) {
      throw new ConfigurationError(`scope.assigned: several groups of the directory answer to "${name}"`, {
        hint: "name it by its distinguished name or objectGUID; nobody was touched",
      });
    }
    ids.push(id);
  }
  return ids;
}
