import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Shape } from "../graph/crowd.ts";
import { GraphServer } from "../graph/server.ts";
import { million } from "../graph/shapes.ts";
import { siteFor } from "../graph/snapshot.ts";
import { type Cost, measure } from "../measure.ts";
import { type Bench, inTurn, type Row } from "../row.ts";

const again = fileURLToPath(new URL("../measured/cycle-again.ts", import.meta.url));

/** The group that changes: the first, which is the big one. */
const changes = { group: 0, came: 50, left: 50 };

/** The same hundred changes of one group, which is large or is not. */
export const largeGroup: Row = {
  id: "8",
  title: "one group of 200,000 members, 50 added, 50 removed, into the embedded directory",
  beside: "the same in a group of a fortieth of that size",
  async run(bench) {
    const large = million(bench);
    const less = bench.size(5_000, 2_500);
    const small = { people: less * 2, groups: 10, members: 100, bigGroups: 1, bigMembers: less };
    const [ofFew, ofMany] = [await open(bench, small, "few"), await open(bench, large, "many")];
    const works = await inTurn(bench, [
      { name: `the cycle, ${small.bigMembers} members`, run: () => ofFew() },
      { name: `the cycle, ${large.bigMembers} members`, run: () => ofMany() },
    ]);
    const [few, many] = works;
    return {
      works,
      claims: [
        {
          what: "CPU, the large group beside the small one",
          measured: (many?.cpu ?? Number.NaN) / (few?.cpu ?? Number.NaN),
          unit: "x",
          atMost: 1.3,
        },
        {
          what: "requests to the directory and calls to the target, the large group beside the small one",
          measured: (many?.said["requests"] ?? Number.NaN) - (few?.said["requests"] ?? Number.NaN),
          unit: "requests",
          atMost: 0,
        },
      ],
    };
  },
};

/** A tenant and a site of its people; each call takes a hundred changes more. */
async function open(bench: Bench, shape: Shape, name: string): Promise<() => Promise<Cost>> {
  const server = await GraphServer.start(shape);
  bench.atEnd(() => server.stop());
  const site = await siteFor(bench, server, shape, name);
  const warm = { people: 50, groups: 2, members: 10, bigGroups: 0, bigMembers: 0 };
  const warmServer = await GraphServer.start(warm);
  bench.atEnd(() => warmServer.stop());
  const warmSite = await siteFor(bench, warmServer, warm, `${name}-warm`);
  return async () => {
    await server.changeMembers(changes);
    await server.asked();
    const cost = await measure(again, [warmSite.config, site.config]);
    const { requests } = await server.asked();
    const calls = doneBy(site.file);
    if (calls.added !== changes.came || calls.removed !== changes.left)
      throw new Error(`${calls.added} were added and ${calls.removed} removed`);
    return { ...cost, said: { requests: requests + calls.calls } };
  };
}

/** What the last run sent, by the audit trail. */
function doneBy(file: string): { readonly calls: number; readonly added: number; readonly removed: number } {
  const db = new Database(file, { readonly: true });
  const { counts, calls } = db
    .prepare(
      `select counts, (select count(*) from audit where run = r.id and event = 'attempt') as calls from run r
         where outcome = 'done' and id = (select max(id) from run)`,
    )
    .get() as { readonly counts: string; readonly calls: number };
  db.close();
  const found = JSON.parse(counts) as Record<string, number>;
  return { calls, added: found["add member"] ?? 0, removed: found["remove member"] ?? 0 };
}
