import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { type ReadReport, readOne } from "./read.ts";
import type { Work } from "./work.ts";

/** One person or group as the directory has it now. */
export interface Subject {
  readonly report: ReadReport;
  readonly row: WideRow;
}

/**
 * Reads one person or group, by whatever an admin knows it by; who is gone is asked for by id, and the directory's answer is the evidence. Throws
 * ConfigurationError where nobody, or more than one, answers to that.
 */
export async function readSubject(work: Work, kind: Kind, key: string): Promise<Subject> {
  const id = await whoIs(work, kind, key);
  // Edges of a read that was not finished wait for one that is.
  const groupsAreWhole = !work.store.memberships.areDirty;
  const report = await readOne(work, kind, id);
  if (groupsAreWhole) work.store.recomputeGroups(work.judge.flatten);
  const [row] = work.store.people.find(id, kind);
  if (row === undefined) throw notFound(work, kind, key);
  return { report, row };
}

/** The source id of the one person or group that an admin means: by what the snapshot knows, else by asking the directory. */
async function whoIs(work: Work, kind: Kind, key: string): Promise<string> {
  const rows = work.store.people.find(key, kind);
  const known = rows.find((row) => row.sourceId === key);
  if (known !== undefined) return known.sourceId;
  const ids =
    rows.length > 0 ? rows.map((row) => row.sourceId) : await work.source.find(kind, key, work.signal);
  const [id, another] = ids;
  if (id === undefined) throw notFound(work, kind, key);
  if (another !== undefined) {
    const names = new Map(rows.map((row) => [row.sourceId, row.label]));
    const shown = ids.slice(0, 5).map((each) => {
      const name = names.get(each) ?? "";
      return name === "" ? each : `${each} (${name})`;
    });
    throw new ConfigurationError(
      `${work.config.name}: ${ids.length} ${kind === "user" ? "people" : "groups"} answer to that name`,
      { hint: `name one by id: ${shown.join(", ")}${ids.length > shown.length ? ", ..." : ""}` },
    );
  }
  return id;
}

function notFound(work: Work, kind: Kind, key: string): ConfigurationError {
  const nobody = kind === "user" ? "nobody" : "no group";
  return new ConfigurationError(
    `${work.config.name}: ${nobody} in the directory or the snapshot answers to "${key}"`,
    {
      hint:
        kind === "user"
          ? "give the login name, e-mail address, or id in the directory"
          : "give its name, or its id in the directory",
    },
  );
}
