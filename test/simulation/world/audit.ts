import { connectionNamed, openStore } from "../../../src/connection.ts";
import { ConfigurationError } from "../../../src/errors.ts";
import type { AuditEntry } from "../../../src/store/audit.ts";
import { unwatched } from "./disk.ts";
import type { World } from "./world.ts";

/** What `rollcall log` and `rollcall log verify` say. A state that cannot be opened has no trail that holds. */
export function readAudit(world: World): {
  readonly firstBreak: number | undefined;
  readonly entries: readonly AuditEntry[];
} {
  return unwatched(() => {
    const { config } = world;
    const clock = { now: () => world.wallAt, sleep: async () => {} };
    const store = opened(() =>
      openStore(config, connectionNamed(config, undefined), clock, { create: true }),
    );
    if (store === undefined) return { firstBreak: 0, entries: [] };
    try {
      return { firstBreak: store.audit.firstBreak(), entries: store.audit.entries({ limit: 1_000_000 }) };
    } finally {
      store.close();
    }
  });
}

function opened<Result>(open: () => Result): Result | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}
