import { connectionNamed, openStore } from "../../../src/connection.ts";
import type { AuditEntry } from "../../../src/store/audit.ts";
import { unwatched } from "./disk.ts";
import type { World } from "./world.ts";

/** What `rollcall log` and `rollcall log verify` say. */
export function readAudit(world: World): {
  readonly firstBreak: number | undefined;
  readonly entries: readonly AuditEntry[];
} {
  return unwatched(() => {
    const { config } = world;
    const clock = { now: () => world.wallAt, sleep: async () => {} };
    const store = openStore(config, connectionNamed(config, undefined), clock, { create: true });
    try {
      return { firstBreak: store.audit.firstBreak(), entries: store.audit.entries({ limit: 1_000_000 }) };
    } finally {
      store.close();
    }
  });
}
