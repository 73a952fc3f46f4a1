import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { attributes, filter } from "../ldap/asked.ts";
import { ldapsearch } from "../ldap/ldapsearch.ts";
import { type Slapd, startSlapd, whyNoSlapd } from "../ldap/slapd.ts";
import { type Cost, measure } from "../measure.ts";
import { type Bench, inTurn, type Row } from "../row.ts";

const run = promisify(execFile);
const rollcall = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const bare = fileURLToPath(new URL("../measured/ldap-bare.mjs", import.meta.url));
const build = fileURLToPath(new URL("../../../scripts/build.mjs", import.meta.url));
const source = fileURLToPath(new URL("../measured/ldap-source.mjs", import.meta.url));

/** As the source asks for unless it is told otherwise. */
const PAGE_SIZE = 500;

/** A full read by the Active Directory source, from an OpenLDAP server that answers as a domain controller does. */
export const directoryByLdap: Row = {
  id: "5",
  title: "Active Directory: everybody, page by page",
  beside: "the iterator of ldapts over the same pages",
  async run(bench) {
    const missing = whyNoSlapd();
    if (missing !== undefined) return { works: [], claims: [], notes: [`left out: ${missing}`] };
    const people = bench.size(20_000, 1000);
    const slapd = await startSlapd(bench, people);
    const args = [JSON.stringify({ ...slapd, pageSize: PAGE_SIZE, filter, attributes })];
    const counted = async (run: () => Promise<Cost>): Promise<Cost> => {
      await slapd.bytes();
      const cost = await run();
      // Everybody, and the group that is everybody's primary one.
      if (cost.said["objects"] !== people + 1)
        throw new Error(`${cost.said["objects"]} objects were read of ${people + 1}`);
      return { ...cost, said: { ...cost.said, bytes: await slapd.bytes() } };
    };
    const built = await sourceAlone(bench);
    const config = await site(bench, slapd);
    const works = await inTurn(bench, [
      { name: "ldapts searchPaginated", run: () => counted(() => measure(bare, args)) },
      { name: "the source", run: () => counted(() => measure(source, [...args, built])) },
      { name: "rollcall sync --full", run: () => measure(rollcall, ["sync", "--full", "--config", config]) },
      { name: "ldapsearch", run: () => counted(() => ldapsearch(slapd, filter, attributes, PAGE_SIZE)) },
    ]);
    const [floor, ours] = works;
    if (floor === undefined || ours === undefined) throw new Error("nothing was measured");
    const [least, most] = [floor, ours].map(({ said }) => said["bytes"] ?? 0).toSorted((a, b) => a - b);
    if (least === undefined || most === undefined || most > least * 1.01)
      throw new Error(`the answers differ: ${least} and ${most} bytes`);
    return {
      works,
      claims: [
        {
          what: "CPU, as a multiple of the iterator's",
          measured: ours.cpu / floor.cpu,
          unit: "x",
          atMost: 1.5,
        },
        { what: "memory of the whole process", measured: ours.peak / 1e6, unit: "MB", atMost: 150 },
      ],
      notes: [
        "CPU and wall time of the iterator and the source are of the read alone; those of rollcall and ldapsearch of the whole process",
      ],
    };
  },
};

/** The source as a program of its own, made in the way in which the whole one is made. */
async function sourceAlone({ directory }: Bench): Promise<string> {
  const folder = join(directory, "source-alone");
  await run(process.execPath, [build, folder, "sources/active-directory/index.ts"]);
  return join(folder, "index.js");
}

/** The program itself with everybody's account in the embedded directory, so that a full read finds nothing to do. */
async function site(bench: Bench, slapd: Slapd): Promise<string> {
  await writeFile(join(bench.directory, "password"), slapd.password, { mode: 0o600 });
  const directory = {
    ...{ type: "active-directory", url: slapd.url, baseDn: slapd.root, bindDn: slapd.bindDn },
    ...{ bindPassword: { file: "password" }, ca: { file: slapd.ca } },
  };
  const staff = { source: "directory", mode: "sync" };
  const config = join(bench.directory, "rollcall.yaml");
  await writeFile(
    config,
    JSON.stringify({ state: "./state", sources: { directory }, connections: { staff } }),
  );
  bench.say("a first sync, once");
  await measure(rollcall, ["sync", "--config", config]);
  return config;
}
