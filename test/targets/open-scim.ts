/** Opens an http target for a test as the connection does: from a section of the YAML. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { type Log, silent } from "../../src/log.ts";
import { definition } from "../../src/targets/http/index.ts";
import type { Examined } from "./exam.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    }),
};

export interface OpenOptions {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Other keys of the section: profile, timeout, quirks, ... */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The token goes through a file, as secrets do. */
export async function openScim(
  service: { readonly baseUrl: string; readonly token: string },
  options: OpenOptions = {},
): Promise<Examined> {
  const folder = mkdtempSync(join(tmpdir(), "scim-target-"));
  const file = join(folder, "token");
  writeFileSync(file, service.token);
  chmodSync(file, 0o600);
  const section = { baseUrl: service.baseUrl, token: { file }, ...options.more };
  const context = { name: "app", folder, clock: options.clock ?? realClock, log: options.log ?? silent };
  const api = await definition.open(definition.settings.parse(section), context);
  return {
    api,
    async close() {
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
