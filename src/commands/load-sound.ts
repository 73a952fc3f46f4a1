import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigurationError } from "../errors.ts";
import { checkMapping } from "../mapping/compile.ts";
import { mappingTests } from "./mapping-tests.ts";

/** The configuration as far as `rollcall validate` finds nothing wrong with it: the tests in its mapping files pass as well. */
export async function loadSound(file: string): Promise<Config> {
  const config = await loadConfig(file, checkMapping);
  const { failed } = await mappingTests(config);
  if (failed.length === 0) return config;
  const places = [...new Set(failed.map(({ where }) => where))].join(", ");
  throw new ConfigurationError(`${file}: mapping tests fail: ${places}`, {
    hint: "`rollcall validate` shows what they expect and what they get",
  });
}
