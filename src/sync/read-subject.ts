import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { readOne } from "./read.ts";
import { readPerson } from "./read-person.ts";
import type { Work } from "./work.ts";

/** One person or group as the directory has it now, by whatever an admin knows it by. Throws ConfigurationError where none, or more than one, answers to that. */
export async function readSubject(work: Work, kind: Kind, key: string): Promise<WideRow> {
  if (kind === "user") {
    const { only } = await readPerson(work, key);
    return rowOf(work, only);
  }
  const rows = work.store.people.find(key, "group");
  const [known, another] = rows;
  if (known === undefined) {
    throw new ConfigurationError(`${work.config.name}: no group in the snapshot answers to "${key}"`, {
      hint: `give its name or its id in the directory; if it is new there: rollcall plan ${work.config.name}`,
    });
  }
  if (another !== undefined) {
    throw new ConfigurationError(`${work.config.name}: ${rows.length} groups answer to "${key}"`, {
      hint: `name one by id: ${rows.map(({ sourceId }) => sourceId).join(", ")}`,
    });
  }
  const areWhole = !work.store.memberships.areDirty;
  await readOne(work, "group", known.sourceId);
  if (areWhole) work.store.recomputeGroups(work.judge.flatten);
  return rowOf(work, known.id);
}

function rowOf(work: Work, id: number): WideRow {
  const row = work.store.pending.row(id);
  if (row === undefined) throw new Error("a row that was just read is gone");
  return row;
}
