import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Bench } from "../row.ts";
import type { Shape } from "./crowd.ts";
import { GraphServer } from "./server.ts";

/** The built program, as it is run by whoever installed it; ROLLCALL_BENCH_PROGRAM names another build, to compare two. */
export const rollcall =
  process.env["ROLLCALL_BENCH_PROGRAM"] ?? fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

const fill = fileURLToPath(new URL("./fill.ts", import.meta.url));

/** A folder with a configuration and the state of its one connection, `staff`: Entra ID into the embedded directory. */
export interface Site {
  readonly folder: string;
  /** To be given by --config. */
  readonly config: string;
  /** The state file of the connection. */
  readonly file: string;
}

/**
 * A site whose state holds everybody of the server's tenant, each with an account: read by the program itself, and as it stands after a first sync
 * (fill.ts). Made once for each shape
 * and copied from then on. In the folder that ROLLCALL_BENCH_KEPT names it outlives the benchmark, for whoever runs one row again and again; it is
 * theirs to delete it when the schema of the state or the default mapping changes.
 */
export async function siteFor(bench: Bench, server: GraphServer, shape: Shape, name: string): Promise<Site> {
  const kept = process.env["ROLLCALL_BENCH_KEPT"] ?? bench.shared;
  const original = join(kept, `site-${Object.values(shape).join("-")}`);
  if (!existsSync(original)) await make(bench, server, shape, original);
  const site = siteIn(join(bench.directory, name));
  rmSync(site.folder, { recursive: true, force: true });
  // Copies that share their blocks, where the file system can.
  await run("cp", ["-r", "--reflink=auto", original, site.folder]);
  const { graphUrl } = JSON.parse(readFileSync(join(site.folder, "made-with.json"), "utf8")) as {
    graphUrl: string;
  };
  configure(site, server);
  move(site.file, graphUrl, server.addresses.graphUrl);
  return site;
}

function siteIn(folder: string): Site {
  return {
    folder,
    config: join(folder, "rollcall.yaml"),
    file: join(folder, "state", "staff.db"),
  };
}

/** So many are compared with the target in full, as a check of what was filled in. */
const mostCompared = 50_000;

async function make(bench: Bench, server: GraphServer, shape: Shape, original: string): Promise<void> {
  const began = performance.now();
  const site = siteIn(`${original}-${process.pid}`);
  bench.say(`reading ${shape.people} people and ${shape.groups} groups once`);
  mkdirSync(site.folder, { recursive: true });
  // The first run of all is the program's own, of a few.
  const few = await GraphServer.start({ people: 2, groups: 0, members: 0, bigGroups: 0, bigMembers: 0 });
  try {
    configure(site, few);
    await run(process.execPath, [rollcall, "sync", "--config", site.config]);
  } finally {
    await few.stop();
  }
  await server.reset();
  configure(site, server);
  await run(process.execPath, [fill, site.config]);
  const options = shape.people > mostCompared ? [] : ["--reconcile"];
  await run(process.execPath, [rollcall, "sync", ...options, "--config", site.config]);
  check(site.file, shape);
  writeFileSync(join(site.folder, "made-with.json"), JSON.stringify(server.addresses));
  renameSync(site.folder, original);
  bench.say(`that took ${Math.round((performance.now() - began) / 1000)} s`);
}

function configure(site: Site, server: GraphServer): void {
  const { loginUrl, graphUrl, caFile, tenantId, clientId, clientSecret } = server.addresses;
  writeFileSync(join(site.folder, "secret"), clientSecret, { mode: 0o600 });
  const cloud = {
    type: "entra",
    tenantId,
    clientId,
    clientSecret: { file: "secret" },
    endpoints: { login: loginUrl, graph: graphUrl },
    ca: { file: caFile },
  };
  const staff = { source: "cloud", mode: "sync" };
  const config = { state: "./state", sources: { cloud }, connections: { staff } };
  writeFileSync(site.config, JSON.stringify(config, null, 2));
}

/** The cursor names the port of the server that the original was made with. */
function move(file: string, from: string, to: string): void {
  const db = new Database(file);
  db.prepare("update cursor set text = replace(text, ?, ?)").run(from, to);
  db.close();
}

/** Everybody is there and in their groups, here and at the target, and nothing is left to do. */
function check(file: string, { people, groups, members, bigGroups, bigMembers }: Shape): void {
  const db = new Database(file, { readonly: true });
  const count = (sql: string) => db.prepare(sql).pluck().get() as number;
  const found = [
    count("select count(*) from resource where kind = 'user' and target_id is not null"),
    count("select count(*) from resource where kind = 'group' and target_id is not null"),
    count("select count(*) from edge"),
    count("select count(*) from resource where pending") +
      count("select count(*) from membership where pending") +
      count("select count(*) from reference where pending") +
      count("select count(*) from audit where run > 1"),
  ];
  db.close();
  const due = [people, groups, (groups - bigGroups) * members + bigGroups * bigMembers, 0];
  if (found.join() !== due.join())
    throw new Error(`the snapshot holds ${found.join(", ")} instead of ${due.join(", ")}`);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text = `${text}${chunk}`.slice(-4000);
    });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}\n${text}`);
}
