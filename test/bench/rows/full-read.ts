import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Shape } from "../graph/crowd.ts";
import { GraphServer } from "../graph/server.ts";
import { manyMembers, million } from "../graph/shapes.ts";
import { rollcall, type Site, siteFor } from "../graph/snapshot.ts";
import { Written } from "../graph/written.ts";
import { type Cost, measure } from "../measure.ts";
import { type Bench, inTurn, type Measured, type Outcome, type Row } from "../row.ts";
import { serviceEnvironment } from "../service.ts";

const bare = fileURLToPath(new URL("../measured/graph-bare.ts", import.meta.url));

/** Everybody is read again, and nothing has changed since. */
export const fullRead: Row = {
  id: "3",
  title: "full read of 1,000,000 people, nothing changed",
  beside: "a bare loop: request the pages, parse, drop",
  async run(bench) {
    const world = await open(bench, million(bench));
    const works = await inTurn(bench, [
      { name: "bare loop", run: () => world.bareRead() },
      { name: "rollcall sync --full", run: () => world.read([]) },
      { name: "the same, 64 MB of heap", run: () => world.read(["--max-old-space-size=64"]) },
    ]);
    const [floor, ours, small] = works;
    return world.outcome(works, [
      { what: "CPU", measured: ratio(ours, floor), unit: "x", atMost: 2.5 },
      { what: "memory", measured: megabytes(ours), unit: "MB", atMost: 300 },
      { what: "memory with 64 MB of heap", measured: megabytes(small), unit: "MB", atMost: 150 },
    ]);
  },
};

/** All memberships are read again, and nothing has changed since. */
export const membershipsRead: Row = {
  id: "3b",
  title: "3,000,000 memberships in 20,000 groups re-read, nothing changed",
  beside: "the same bare loop",
  async run(bench) {
    const world = await open(bench, manyMembers(bench));
    const works = await inTurn(bench, [
      { name: "bare loop", run: () => world.bareRead() },
      { name: "rollcall sync --full", run: () => world.read([]) },
    ]);
    const [floor, ours] = works;
    return world.outcome(works, [{ what: "CPU", measured: ratio(ours, floor), unit: "x", atMost: 3 }]);
  },
};

/** Everybody is read again, one in a hundred has changed, came or left, and what is to be done about it is planned. */
export const changedRead: Row = {
  id: "4",
  title: "full read with 1 % changed, plan computed",
  beside: "the same with 0 %",
  async run(bench) {
    const shape = million(bench);
    const world = await open(bench, shape);
    const changes = {
      titles: Math.round(shape.people * 0.006),
      came: Math.round(shape.people * 0.002),
      left: Math.round(shape.people * 0.002),
    };
    const works = await inTurn(bench, [
      { name: "0 %: rollcall plan --full", run: () => world.plan(0) },
      { name: "1 %: rollcall plan --full", run: () => world.plan(shape.people / 100, changes) },
    ]);
    const [floor, ours] = works;
    return {
      works,
      claims: [{ what: "CPU", measured: ratio(ours, floor), unit: "x", atMost: 1.25 }],
      notes: ["of the 1 %, six in ten have another title, two came and two left"],
    };
  },
};

/** The same tenant and site for as long as a row runs. */
async function open(bench: Bench, shape: Shape) {
  const server = await GraphServer.start(shape);
  bench.atEnd(() => server.stop());
  const site = await siteFor(bench, server, shape, "site");
  const written = new Written(site.file);
  bench.atEnd(() => written.close());
  const { users, groups } = selectionOf(site);
  const members = (shape.groups - shape.bigGroups) * shape.members + shape.bigGroups * shape.bigMembers;
  const due = { people: shape.people, groups: shape.groups, members };
  let bytes = 0;
  await server.asked();
  return {
    async bareRead(): Promise<Cost> {
      const cost = await measure(bare, [JSON.stringify(server.addresses), users, groups]);
      const found = {
        people: cost.said["people"],
        groups: cost.said["groups"],
        members: cost.said["members"],
      };
      if (JSON.stringify(found) !== JSON.stringify(due))
        throw new Error(`the bare loop met ${JSON.stringify(found)} instead of ${JSON.stringify(due)}`);
      ({ bytes } = await server.asked());
      return cost;
    },
    /** As the service does it. */
    async read(node: readonly string[]): Promise<Cost> {
      const env = serviceEnvironment();
      const cost = await measure(rollcall, ["sync", "--full", "--config", site.config], { node, env });
      const asked = await server.asked();
      if (Math.abs(asked.bytes - bytes) > bytes / 100 + 10_000)
        throw new Error(`rollcall was sent ${asked.bytes} bytes and the bare loop ${bytes}`);
      checkLastRun(site);
      return { ...cost, said: { requests: asked.requests, bytes: asked.bytes } };
    },
    /** What changed is applied afterwards, so that the next round finds nothing of it. */
    async plan(due: number, changes?: Parameters<GraphServer["changePeople"]>[0]): Promise<Cost> {
      if (changes !== undefined) await server.changePeople(changes);
      const cost = await measure(rollcall, ["plan", "--full", "--config", site.config]);
      checkLastRun(site);
      const pending = pendingAt(site);
      if (Math.abs(pending - due) > due / 50) throw new Error(`${pending} are pending instead of ${due}`);
      if (changes !== undefined) await measure(rollcall, ["sync", "--config", site.config]);
      return { ...cost, said: { pending } };
    },
    outcome(works: readonly Measured[], claims: Outcome["claims"]): Outcome {
      const pages = written.pages();
      const nothing = {
        what: "pages written besides the run and the cursor",
        measured: pages,
        unit: "rows",
        atMost: 0,
      } as const;
      return { works, claims: [...claims, nothing], notes: [notesOf(works, due)] };
    },
  };
}

/** What is selected of people and groups, as the program asked for it last. */
function selectionOf(site: Site): { readonly users: string; readonly groups: string } {
  const db = new Database(site.file, { readonly: true });
  const text = db.prepare("select text from cursor").pluck().get() as string;
  db.close();
  const { selection } = JSON.parse(text) as { readonly selection: string };
  const [users = "", groups = ""] = selection.split(",|,");
  return { users, groups: `${groups},members` };
}

function pendingAt(site: Site): number {
  const db = new Database(site.file, { readonly: true });
  const count = db.prepare("select count(*) from resource where pending").pluck().get() as number;
  db.close();
  return count;
}

function checkLastRun(site: Site): void {
  const db = new Database(site.file, { readonly: true });
  const run = db.prepare("select read, complete, outcome from run order by id desc limit 1").raw().get();
  db.close();
  if (String(run) !== "full,1,done") throw new Error(`the run ended with ${String(run)}`);
}

function notesOf(
  works: readonly Measured[],
  { people, members }: { people: number; members: number },
): string {
  const each = works.map(({ name, cpu }) => `${name} ${((cpu / (people + members)) * 1e6).toFixed(1)} us`);
  return `CPU a person and membership: ${each.join(", ")}`;
}

function ratio(ours: Measured | undefined, floor: Measured | undefined): number {
  return (ours?.cpu ?? Number.NaN) / (floor?.cpu ?? Number.NaN);
}

function megabytes(work: Measured | undefined): number {
  return (work?.peak ?? Number.NaN) / 1e6;
}
