import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import { type ReadReport, readOne } from "./read.ts";
import type { Work } from "./work.ts";

/** Reads one person, by whatever an admin knows them by. Throws ConfigurationError where nobody, or more than one, answers to that. */
export async function readPerson(
  work: Work,
  key: string,
): Promise<{ readonly report: ReadReport; readonly only: number }> {
  const id = await whoIs(work, "user", key);
  // Edges of a read that was not finished wait for one that is.
  const groupsAreWhole = !work.store.memberships.areDirty;
  const report = await readOne(work, "user", id);
  if (groupsAreWhole) work.store.recomputeGroups(work.judge.flatten);
  const row = work.store.people.find(id, "user")[0];
  if (row === undefined) throw notFound(work, key);
  return { report, only: row.id };
}

/** The source id of the one person that an admin means. */
async function whoIs(work: Work, kind: Kind, key: string): Promise<string> {
  const known = work.store.people.find(key, kind).map((row) => row.sourceId);
  const ids = known.length > 0 ? known : await work.source.find(kind, key, work.signal);
  const [id, another] = ids;
  if (id === undefined) throw notFound(work, key);
  if (another !== undefined) {
    throw new ConfigurationError(`${work.config.name}: ${ids.length} people answer to that name`, {
      hint: `name one by id: ${ids.slice(0, 5).join(", ")}`,
    });
  }
  return id;
}

function notFound(work: Work, key: string): ConfigurationError {
  return new ConfigurationError(
    `${work.config.name}: nobody in the directory or the snapshot answers to "${key}"`,
    {
      hint: "give the login name, e-mail address, or id in the directory",
    },
  );
}
