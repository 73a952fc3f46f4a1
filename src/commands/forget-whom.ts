import type { ConnectionConfig } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import type { Obstacle } from "../store/forget.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { shieldOf } from "../sync/protection.ts";
import { shellWord } from "./output/escape.ts";

/** Who is meant; undefined: nobody here. Throws ConfigurationError where it may be several. */
export function theOne(store: Store, { name }: ConnectionConfig, key: string): WideRow | undefined {
  const found = store.people.find(key);
  const exact = found.filter(({ sourceId }) => sourceId === key);
  const rows = exact.length > 0 ? exact : found;
  if (rows.length < 2) return rows[0];
  throw new ConfigurationError(`${name}: ${rows.length} people or groups answer to "${key}"`, {
    hint: `name one by id: ${rows.map(({ sourceId, label }) => `${sourceId} (${label})`).join(", ")}`,
  });
}

/** Throws ConfigurationError, with what to do first, for whoever cannot be forgotten yet. */
export function refuseObstacle(store: Store, connection: ConnectionConfig, row: WideRow): void {
  const shield = shieldOf({ config: connection, store }).against(row, "delete");
  if (shield !== undefined)
    throw new ConfigurationError(`${connection.name}: ${row.label || row.sourceId} is protected: ${shield}`, {
      hint: "take them out of `protect` first",
    });
  const obstacle = store.forgetting.obstacle(row);
  if (obstacle === undefined) return;
  const [message, hint] = obstacles(connection, row)[obstacle];
  throw new ConfigurationError(`${connection.name}: ${message}`, { hint });
}

function obstacles(
  { name, target }: ConnectionConfig,
  row: WideRow,
): Readonly<Record<Obstacle, readonly [message: string, hint: string]>> {
  const who = row.label || row.sourceId;
  return {
    group: [`${who} is a group`, "only people are forgotten"],
    present: [
      `the directory still has ${who}: the next full read would bring them back`,
      "delete them there first, and let `rollcall sync` see it",
    ],
    doubt: [
      `a call for ${who} is under way, and its outcome is not known yet`,
      `the next sync finds it out: rollcall sync ${name}`,
    ],
    active: [
      `the account ${row.targetId ?? ""} of ${who} at ${target.name} is on`,
      `switch it off first: with policy.whenDeleted: deactivate, \`rollcall sync ${name}\` does; or let it go as it is: rollcall unlink ${shellWord(row.sourceId)} ${name}`,
    ],
    pending: [
      `something is still to be done for ${who} at ${target.name}`,
      `see \`rollcall plan ${name}\`, then \`rollcall sync ${name}\``,
    ],
    member: [
      `${who} is still in a group at ${target.name}`,
      `the next sync takes them out: rollcall sync ${name}`,
    ],
  };
}
