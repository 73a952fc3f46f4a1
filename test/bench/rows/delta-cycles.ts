import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Shape } from "../graph/crowd.ts";
import { GraphServer } from "../graph/server.ts";
import { million } from "../graph/shapes.ts";
import { rollcall, siteFor } from "../graph/snapshot.ts";
import { type Cost, measure } from "../measure.ts";
import { type Bench, inTurn, type Measured, type Row } from "../row.ts";

const client = fileURLToPath(new URL("../measured/graph-client.ts", import.meta.url));
const again = fileURLToPath(new URL("../measured/cycle-again.ts", import.meta.url));
const rowCounter = fileURLToPath(new URL("../measured/count-rows.mjs", import.meta.url));
const nothing = fileURLToPath(new URL("../nothing.mjs", import.meta.url));

/** A cycle in which the directory says that nothing has changed. */
export const idleCycle: Row = {
  id: "1",
  title: "idle delta cycle, 1,000,000 people in the snapshot",
  beside: "the same requests by a bare client, @microsoft/microsoft-graph-client with @azure/identity",
  async run(bench) {
    const world = await open(bench, million(bench), "all");
    const works = await inTurn(bench, [
      { name: "bare client", run: () => world.bare() },
      { name: "rollcall sync", run: () => world.sync() },
      { name: "the cycle alone, as the daemon does it", run: () => world.cycleAlone() },
      { name: "an empty script", run: () => measure(nothing, []) },
    ]);
    const [floor, ours, alone, empty] = works;
    const rows = await world.rowsOfSync();
    return {
      works,
      claims: [
        { what: "CPU beyond the bare client", measured: more(ours, floor, "cpu"), unit: "s", atMost: 0.15 },
        { what: "CPU of the cycle alone", measured: alone?.cpu ?? Number.NaN, unit: "s", atMost: 0.15 },
        {
          what: "memory beyond an empty script",
          measured: more(ours, empty, "peak") / 1e6,
          unit: "MB",
          atMost: 120,
        },
        { what: "rows written about people and groups", measured: rows.snapshot, unit: "rows", atMost: 0 },
      ],
      notes: [rowsNote(rows)],
    };
  },
};

/** A hundred people changed: 80 titles, 10 who came, 10 who left. */
const changes = { titles: 80, came: 10, left: 10 };

/** The same few changes in a small directory and in a big one. */
export const fewChanges: Row = {
  id: "2",
  title: "100 changes among 10,000 and among 1,000,000 people",
  beside: "each other, and a bare client that reads the same changes",
  async run(bench) {
    const big = await open(bench, million(bench), "many");
    // So many that those who leave in all rounds stay below the limit of deactivations.
    const few = { people: bench.size(10_000, 2_000), groups: 10, members: 100, bigGroups: 0, bigMembers: 0 };
    const small = await open(bench, few, "few");
    // First, on the site as it was made.
    const values = { titles: 100, came: 0, left: 0 };
    const rows = await big.rowsOfSync(values);
    const works = await inTurn(bench, [
      { name: "bare client", run: () => small.bare(changes) },
      { name: `rollcall sync among ${few.people} people`, run: () => small.sync() },
      { name: "the cycle alone", run: () => small.cycleAlone(changes) },
      { name: "bare client, the big directory", run: () => big.bare(changes) },
      { name: `rollcall sync among ${big.shape.people} people`, run: () => big.sync() },
      { name: "the cycle alone, the big directory", run: () => big.cycleAlone(changes) },
    ]);
    const [, ofFew, fewAlone, bigFloor, ofMany, manyAlone] = works;
    const mixed = await big.rowsOfSync(changes);
    return {
      works,
      claims: [
        {
          what: "CPU, the big directory beside the small one",
          measured: ratio(ofMany, ofFew),
          unit: "x",
          atMost: 1.3,
        },
        {
          what: "the same, the cycle alone",
          measured: ratio(manyAlone, fewAlone),
          unit: "x",
          atMost: 1.3,
        },
        {
          what: "rows of the snapshot a changed value",
          measured: rows.snapshot / values.titles,
          unit: "rows",
          atMost: 5,
        },
        {
          what: "longer than the bare client",
          measured: more(ofMany, bigFloor, "wall") * 1000,
          unit: "ms",
          atMost: 150,
        },
        {
          what: "memory beyond the bare client",
          measured: more(ofMany, bigFloor, "peak") / 1e6,
          unit: "MB",
          atMost: 90,
        },
      ],
      notes: [
        `100 values: ${rowsNote(rows)}`,
        `${changes.titles} values, ${changes.came} who came, ${changes.left} who left: ${rowsNote(mixed)}`,
      ],
    };
  },
};

interface Rows {
  readonly snapshot: number;
  readonly audit: number;
  readonly runs: number;
  readonly target: number;
}

/** A tenant and a site of its people; each call of rollcall takes what changed since the one before. */
async function open(bench: Bench, shape: Shape, name: string) {
  const server = await GraphServer.start(shape);
  bench.atEnd(() => server.stop());
  const site = await siteFor(bench, server, shape, name);
  const warm = { people: 50, groups: 2, members: 10, bigGroups: 0, bigMembers: 0 };
  const warmServer = await GraphServer.start(warm);
  bench.atEnd(() => warmServer.stop());
  const warmSite = await siteFor(bench, warmServer, warm, `${name}-warm`);
  let asked = 0;
  const due = async (request?: typeof changes) => {
    if (request !== undefined) await server.changePeople(request);
    await server.asked();
  };
  return {
    shape,
    /** What changed is left for rollcall. */
    async bare(request?: typeof changes): Promise<Cost> {
      await due(request);
      const { addresses } = server;
      const env = { NODE_EXTRA_CA_CERTS: addresses.caFile };
      const cost = await measure(client, [JSON.stringify(addresses), cursorOf(site.file)], { env });
      expectSame("people that the bare client met", cost.said["people"], sumOf(request));
      asked = (await server.asked()).requests;
      return cost;
    },
    async sync(): Promise<Cost> {
      const cost = await measure(rollcall, ["sync", "--config", site.config]);
      const { requests } = await server.asked();
      expectSame("requests of rollcall and of the bare client", requests, asked);
      expectSame("last run", lastRun(site.file), "delta,1,done");
      return { ...cost, said: { requests } };
    },
    async cycleAlone(request?: typeof changes): Promise<Cost> {
      await due(request);
      const cost = await measure(again, [warmSite.config, site.config]);
      expectSame(
        "changes that a cycle took",
        cost.said["changed"],
        (request?.titles ?? 0) + (request?.came ?? 0),
      );
      expectSame("absences that a cycle took", cost.said["absent"], request?.left ?? 0);
      return cost;
    },
    /** In a run of its own, because counting takes time. */
    async rowsOfSync(request?: typeof changes): Promise<Rows> {
      await due(request);
      const node = ["--import", rowCounter];
      const { said } = await measure(rollcall, ["sync", "--config", site.config], { node });
      if (said["snapshot"] === undefined || (said["runs"] ?? 0) === 0)
        throw new Error("the rows that a sync wrote were not counted");
      return said as unknown as Rows;
    },
  };
}

function cursorOf(file: string): string {
  return String(asked(file, "select text from cursor"));
}

function lastRun(file: string): string {
  return String(
    asked(file, "select read || ',' || complete || ',' || outcome from run order by id desc limit 1"),
  );
}

function asked(file: string, sql: string): unknown {
  const db = new Database(file, { readonly: true });
  const found = db.prepare(sql).pluck().get();
  db.close();
  return found;
}

function expectSame(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

function sumOf(request: typeof changes | undefined): number {
  return request === undefined ? 0 : request.titles + request.came + request.left;
}

function more(ours: Measured | undefined, floor: Measured | undefined, of: "cpu" | "wall" | "peak"): number {
  return (ours?.[of] ?? Number.NaN) - (floor?.[of] ?? Number.NaN);
}

function ratio(ours: Measured | undefined, other: Measured | undefined): number {
  return (ours?.cpu ?? Number.NaN) / (other?.cpu ?? Number.NaN);
}

function rowsNote({ snapshot, audit, runs, target }: Rows): string {
  return `rows written: ${snapshot} of the snapshot, ${audit} of the audit trail, ${runs} of run and cursor; ${target} in the target's own file`;
}
