import type { Config } from "../config/config.ts";
import { compiledMapping } from "../connection.ts";
import { runMappingTests } from "../mapping/mapping-tests.ts";

/** A mapping test that failed; `said` holds the values of the example. */
interface FailedTest {
  readonly where: string;
  readonly said: string;
}

/** The examples of every mapping file that is in use, each file once. */
export async function mappingTests(
  config: Config,
): Promise<{ readonly failed: readonly FailedTest[]; readonly passed: number }> {
  const failed = new Map<string, FailedTest>();
  const all = new Set<string>();
  for (const connection of config.connections) {
    const mapping = await compiledMapping(connection);
    for (const { where, passed, differences, problems } of runMappingTests(mapping, mapping.tests)) {
      all.add(where);
      if (passed) continue;
      const said = [
        ...differences.map(
          (each) =>
            `${each.path}: expected ${JSON.stringify(each.expected)}, got ${JSON.stringify(each.got)}`,
        ),
        ...problems.map((each) => `${each.path}: ${each.message} (${each.where})`),
      ].join("; ");
      failed.set(`${where}: ${said}`, { where, said });
    }
  }
  return { failed: [...failed.values()], passed: all.size - failed.size };
}
