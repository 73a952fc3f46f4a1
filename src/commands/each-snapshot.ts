import type { Config, ConnectionConfig } from "../config/config.ts";
import { openStore } from "../connection.ts";
import type { Store } from "../store/store.ts";
import { complain } from "./complain.ts";
import { firstThatApplies } from "./exit-code.ts";
import type { Invocation } from "./invocation.ts";
import { createScreen } from "./screen.ts";

/**
 * Does the same to the snapshot of each connection, without source and target; what goes wrong with one stops no other. Gives what came of
 * each, and the exit code. A snapshot that does not exist yet is made.
 */
export async function inEachSnapshot<Result>(
  invocation: Invocation,
  config: Config,
  connections: readonly ConnectionConfig[],
  work: (store: Store, connection: ConnectionConfig) => Result | Promise<Result>,
): Promise<{ readonly results: readonly Result[]; readonly code: number }> {
  const { json, verbose } = createScreen(invocation);
  const results: Result[] = [];
  const codes: number[] = [];
  for (const connection of connections) {
    try {
      const store = openStore(config, connection, invocation.io.clock, { create: true });
      try {
        results.push(await work(store, connection));
      } finally {
        store.close();
      }
    } catch (error) {
      const about = connections.length > 1 ? { connection: connection.name } : {};
      codes.push(complain(error, invocation.io, { json, verbose, ...about }));
    }
  }
  return { results, code: firstThatApplies(codes) };
}
