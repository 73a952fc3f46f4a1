import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cost, measure } from "../measure.ts";
import { readBefore } from "../read-before.ts";
import { type Bench, inTurn, type Measured, type Row } from "../row.ts";
import { type Counted, ScimServer, token } from "../scim/server.ts";

const replay = fileURLToPath(new URL("../measured/scim-replay.ts", import.meta.url));

/** What a service in another house takes for an answer, at least. */
const realisticMs = 20;

/** The first sync of people into a SCIM service: what was read is matched and created. */
export const firstSyncOverHttp: Row = {
  id: "6",
  title: "first sync of 20,000 people into a SCIM service over HTTP",
  beside: "undici sending the same requests, as many at once",
  async run(bench) {
    const server = await ScimServer.start();
    bench.atEnd(() => server.stop());
    const atOnce = await firstSync(bench, server, { people: bench.size(20_000, 1000), delayMs: 0 });
    const delayed = await firstSync(bench, server, { people: bench.size(2000, 300), delayMs: realisticMs });
    const later = (one: Measured) => ({ ...one, name: `${one.name}, ${realisticMs} ms an answer` });
    return {
      works: [...atOnce.works, ...delayed.works.map(later)],
      claims: [
        {
          what: "requests a second, as a part of undici's",
          measured: atOnce.share,
          unit: "x",
          atLeast: 0.8,
        },
        {
          what: `the same at a service that takes ${realisticMs} ms for each answer`,
          measured: delayed.share,
          unit: "x",
          atLeast: 0.8,
        },
      ],
      notes: [...atOnce.notes, ...delayed.notes.map((note) => `${realisticMs} ms an answer: ${note}`)],
    };
  },
};

interface Shape {
  readonly people: number;
  /** What the service takes for each answer. */
  readonly delayMs: number;
}

async function firstSync(bench: Bench, server: ScimServer, { people, delayMs }: Shape) {
  const directory = join(bench.directory, `${people}-${delayMs}`);
  mkdirSync(directory);
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const log = join(directory, "requests");
  const target = { type: "scim", baseUrl: server.baseUrl, token: { file: tokenFile } };
  await server.reset();
  const read = await readBefore({ ...bench, directory }, people, target);
  await server.reset();
  await server.log(log);
  await read.copy().sync();
  await server.log();
  const sent = await server.count();
  check(sent, people, sent.requests);
  const counted = async (run: () => Promise<Cost>): Promise<Cost> => {
    await server.reset();
    await server.delay(delayMs);
    const cost = await run();
    await server.delay(0);
    const seen = await server.count();
    check(seen, people, sent.requests);
    const seconds = (seen.last - seen.first) / 1000;
    return { ...cost, said: { requests: seen.requests, seconds, perSecond: seen.requests / seconds } };
  };
  const works = await inTurn(bench, [
    {
      name: "undici, the same requests",
      run: () => counted(() => measure(replay, [server.baseUrl, log, String(sent.atOnce)])),
    },
    { name: "rollcall sync", run: () => counted(() => read.copy().sync()) },
  ]);
  const [floor, ours] = works;
  if (floor === undefined || ours === undefined) throw new Error("nothing was measured");
  const perSecond = (one: Measured) => one.said["perSecond"] ?? Number.NaN;
  const perRequest = (one: Measured) => `${((one.cpu / sent.requests) * 1e6).toFixed(0)} us`;
  return {
    works,
    share: perSecond(ours) / perSecond(floor),
    notes: [
      `${sent.requests} requests, ${sent.atOnce} at once; ${Math.round(perSecond(floor))} a second by undici, ${Math.round(perSecond(ours))} by rollcall`,
      `CPU a request: ${perRequest(floor)} by undici, ${perRequest(ours)} by rollcall, start and everything else included`,
      `reading them first (rollcall plan): ${read.reading.cpu.toFixed(2)} s CPU`,
    ],
  };
}

function check({ people, managed, requests, refused }: Counted, due: number, sent: number): void {
  // Everybody but the first one has a manager.
  if (people !== due || managed !== due - 1 || requests !== sent || refused > 0)
    throw new Error(
      `${people} people, ${managed} with a manager, ${requests} requests, ${refused} refused, of ${due} people and ${sent} requests`,
    );
}
