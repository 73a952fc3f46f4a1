import { ConfigurationError } from "../errors.ts";
import type { PilotRoots } from "../store/piloting.ts";
import { keepMeaning, type Meant, meantBy } from "./meant.ts";
import type { Work } from "./work.ts";

/** Who is in the pilot, by the names of the configuration. */
interface Pilot {
  readonly groups: Meant;
  readonly users: Meant;
}

/** Who is in the pilot; asked for before anything is read. Undefined: there is no pilot. */
export async function pilotOf(work: Work): Promise<Pilot | undefined> {
  const { pilot } = work.config;
  if (pilot === undefined) return undefined;
  const setting = "pilot";
  return {
    groups: await meantBy(work, { key: "pilot_groups", kind: "group", names: pilot.groups, setting }),
    users: await meantBy(work, { key: "pilot_users", kind: "user", names: pilot.users, setting }),
  };
}

/** The same as the snapshot wants it: by source ids. */
export function pilotRoots(pilot: Pilot | undefined): PilotRoots | undefined {
  if (pilot === undefined) return undefined;
  return { groups: Object.values(pilot.groups), users: Object.values(pilot.users) };
}

/** Call before the read is finished. Throws when a group of the pilot is not among what was read: then nobody leaves the pilot because of it. */
export function checkPilot(work: Work, pilot: Pilot): void {
  for (const [name, id] of Object.entries(pilot.groups)) {
    if (work.store.isPresent(id)) continue;
    throw new ConfigurationError(
      `pilot: the group "${name}" (${id}) is not in the directory any more, or our account may not see it`,
      { hint: "restore it, or name the group that is meant now by its id; nobody was touched" },
    );
  }
}

/** Call once the read is finished: from now on these are meant by these names. */
export function keepPilot(work: Work, pilot: Pilot): void {
  keepMeaning(work, "pilot_groups", pilot.groups);
  keepMeaning(work, "pilot_users", pilot.users);
}
