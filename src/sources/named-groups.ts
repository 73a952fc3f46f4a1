import { ConfigurationError } from "../errors.ts";

/** The groups that an admin names to limit a connection to their members: each must be there exactly once. */
export async function namedGroups(
  names: readonly string[],
  find: (name: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const [id, another] = await find(name);
    if (id === undefined) {
      throw new ConfigurationError(
        `scope.assigned: there is no group "${name}" in the directory, or our account may not see it`,
        { hint: "name it as the directory does, or by its id; nobody was touched" },
      );
    }
    if (another !== undefined) {
      throw new ConfigurationError(`scope.assigned: several groups of the directory answer to "${name}"`, {
        hint: "name it by its id; nobody was touched",
      });
    }
    ids.push(id);
  }
  return ids;
}
