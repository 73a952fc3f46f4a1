import { rmSync } from "node:fs";
import type { Config, ConnectionConfig } from "../config/config.ts";
import { type Connection, capabilitiesOf, connectionOf, readerOf, type Surroundings } from "../connection.ts";
import { silent } from "../log.ts";
import { copySnapshot } from "../store/copy.ts";
import { storeFailure } from "../store/database.ts";
import { Store } from "../store/store.ts";
import { storedSource } from "../sync/stored-source.ts";
import { unreachable } from "../sync/unreachable.ts";

/**
 * A connection on a copy of its snapshot, with neither directory nor target behind it: what is written goes into the copy, which is gone once it is
 * closed. Takes no lock and keeps nobody waiting. Throws ConfigurationError where there is no snapshot.
 */
export async function openOffline(
  config: Config,
  connection: ConnectionConfig,
  around: Pick<Surroundings, "clock" | "signal" | "abort">,
): Promise<Connection> {
  const { mapping, view } = await readerOf(connection);
  const capabilities = await capabilitiesOf(connection);
  const folder = await copySnapshot(config.state, connection.name, around.clock.now());
  try {
    const options = {
      folder,
      connection: connection.name,
      target: connection.target.name,
      clock: around.clock,
    };
    const store = Store.open({ ...options, create: false, isCopy: true });
    const parts = {
      config: connection,
      mapping,
      store,
      source: storedSource(store, connection.name),
      target: unreachable(capabilities),
    };
    const quiet = { ...around, log: silent, progress: () => {} };
    return connectionOf(parts, view, { digest: config.digest }, quiet, async () => store.close());
  } catch (error) {
    throw storeFailure(error) ?? error;
  } finally {
    // What is open stays readable without its name, and nothing is left of it whatever becomes of the process.
    rmSync(folder, { recursive: true, force: true });
  }
}
