import type { Config, NotifyConfig } from "./config.ts";
import type { ConfigFile } from "./schema.ts";
import { parseListen } from "./schema-observe.ts";
import { absoluteFiles } from "./sections.ts";

/** Metrics and notifications as they are used: the address taken apart, paths of files absolute. */
export function observeOf(
  { metrics, notify }: Pick<ConfigFile, "metrics" | "notify">,
  folder: string,
): Pick<Config, "metrics" | "notify"> {
  const listen = metrics && parseListen(metrics.listen);
  return {
    ...(metrics &&
      listen && { metrics: { ...listen, hosts: metrics.hosts.map((each) => each.toLowerCase()) } }),
    notify: Object.entries(notify).map(([name, section]) => {
      const absolute = absoluteFiles(section, folder) as NotifyConfig;
      return { ...absolute, name };
    }),
  };
}
