import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { measure } from "../measure.ts";
import { readBefore } from "../read-before.ts";
import { inTurn, type Row } from "../row.ts";

const inserts = fileURLToPath(new URL("../measured/directory-inserts.ts", import.meta.url));

/** As many as the embedded directory writes in one commit: those that are sent at once. */
const BATCH = 64;

/** The first sync of people into the embedded directory: what was read is matched and created. */
export const firstSyncEmbedded: Row = {
  id: "7",
  title: "first sync of 100,000 people into the embedded directory",
  beside: "bare better-sqlite3 inserts of the same rows",
  async run(bench) {
    const people = bench.size(100_000, 5000);
    const read = await readBefore(bench, people, { type: "embedded" });
    const made = read.copy();
    await made.sync();
    const directory = join(bench.directory, "directory.db");
    await new Database(join(made.folder, "state/targets/app.directory.db")).backup(directory);
    const rows = countOf(directory, people);
    const floorFile = join(bench.directory, "floor.db");
    const works = await inTurn(bench, [
      {
        name: "better-sqlite3, the same rows",
        async run() {
          const cost = await measure(inserts, [directory, floorFile, String(BATCH)]);
          if (cost.said["rows"] !== rows || countOf(floorFile, people) !== rows)
            throw new Error(`the floor wrote ${cost.said["rows"]} rows of ${rows}`);
          return cost;
        },
      },
      {
        name: "rollcall sync",
        async run() {
          const site = read.copy();
          const cost = await site.sync();
          const written = countOf(join(site.folder, "state/targets/app.directory.db"), people);
          if (written !== rows) throw new Error(`${written} rows were written instead of ${rows}`);
          return cost;
        },
      },
      // The copy that the one before has left.
      { name: "rollcall sync, nothing to do", run: () => made.sync() },
    ]);
    const [floor, ours, idle] = works;
    if (floor === undefined || ours === undefined || idle === undefined)
      throw new Error("nothing was measured");
    return {
      works,
      claims: [
        {
          what: "CPU of match and apply, as a multiple of the inserts'",
          measured: (ours.cpu - idle.cpu) / floor.cpu,
          unit: "x",
          atMost: 4,
        },
        {
          what: "the same of wall time",
          measured: (ours.wall - idle.wall) / floor.wall,
          unit: "x",
          atMost: 4,
        },
      ],
      notes: [
        `match and apply: the whole sync without what one costs that finds nothing to do; ${rows} rows, ${BATCH} people to a commit`,
        `reading them first (rollcall plan): ${read.reading.cpu.toFixed(2)} s CPU, ${read.reading.wall.toFixed(2)} s`,
      ],
    };
  },
};

/** Rows of people and of what they can be searched by; throws unless everybody is there. */
function countOf(file: string, people: number): number {
  const db = new Database(file, { readonly: true });
  const [users, searchable] = ["resource", "searchable"].map(
    (table) => db.prepare(`select count(*) from ${table}`).pluck().get() as number,
  );
  db.close();
  if (users !== people) throw new Error(`${users} people instead of ${people}`);
  return people + (searchable ?? 0);
}
