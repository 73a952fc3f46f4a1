import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GraphServer } from "./graph/server.ts";
import { rollcall } from "./graph/snapshot.ts";
import { type Cost, measure } from "./measure.ts";
import type { Bench } from "./row.ts";

/** People whom the program has read, and who all wait to be created at the target. */
export interface ReadBefore {
  /** What it took to read them: `rollcall plan`. */
  readonly reading: Cost;
  /** A fresh copy of the folder with configuration and state. */
  copy(): Site;
}

/** A folder to run the program in. */
export interface Site {
  readonly folder: string;
  /** `rollcall sync`, measured as a whole process. */
  sync(): Promise<Cost>;
}

/** Reads everybody of a made-up tenant with `plan`, so that the sync after it has nothing to read. */
export async function readBefore(
  bench: Bench,
  people: number,
  target: Readonly<Record<string, unknown>>,
): Promise<ReadBefore> {
  const server = await GraphServer.start({ people, groups: 0, members: 0, bigGroups: 0, bigMembers: 0 });
  bench.atEnd(() => server.stop());
  const folder = join(bench.directory, "read");
  mkdirSync(folder, { recursive: true });
  const { loginUrl, graphUrl, caFile, tenantId, clientId, clientSecret } = server.addresses;
  writeFileSync(join(folder, "secret"), clientSecret, { mode: 0o600 });
  const cloud = {
    ...{ type: "entra", tenantId, clientId, clientSecret: { file: "secret" } },
    ...{ endpoints: { login: loginUrl, graph: graphUrl }, ca: { file: caFile } },
  };
  const staff = { source: "cloud", target: "app", mode: "sync", scope: { groups: "false" } };
  const config = { state: "./state", sources: { cloud }, targets: { app: target }, connections: { staff } };
  writeFileSync(join(folder, "rollcall.yaml"), JSON.stringify(config, null, 2));
  bench.say(`reading ${people} people once`);
  const reading = await measure(rollcall, ["plan", "--config", join(folder, "rollcall.yaml")], {
    codes: [0, 3],
  });
  const copy = join(bench.directory, "sync");
  return {
    reading,
    copy() {
      rmSync(copy, { recursive: true, force: true });
      execFileSync("cp", ["-r", "--reflink=auto", folder, copy]);
      const args = ["sync", "--config", join(copy, "rollcall.yaml")];
      return { folder: copy, sync: () => measure(rollcall, args) };
    },
  };
}
