import { Apps } from "./apps.ts";
import type { Circumstances } from "./circumstances.ts";
import { Groups } from "./groups.ts";
import { SystemLog } from "./system-log.ts";
import { Users } from "./users.ts";

/** Everything that an organisation knows: the truth, and what its readers see of it. */
export interface Directory {
  readonly users: Users;
  readonly groups: Groups;
  readonly apps: Apps;
  readonly log: SystemLog;
}

export function createDirectory(
  circumstances: Circumstances,
  customProperties: readonly string[],
): Directory {
  const log = new SystemLog(circumstances);
  const users = new Users(circumstances, log, customProperties);
  const groups = new Groups(circumstances, log, users);
  const apps = new Apps(circumstances, log, users, groups);
  return { users, groups, apps, log };
}
