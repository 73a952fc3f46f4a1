import { once } from "node:events";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { GraphServer } from "../graph/server.ts";
import { million } from "../graph/shapes.ts";
import { rollcall, type Site, siteFor } from "../graph/snapshot.ts";
import { type Cost, measure } from "../measure.ts";
import { inTurn, type Row } from "../row.ts";

const mappingAlone = fileURLToPath(new URL("../measured/mapping-alone.ts", import.meta.url));

/** Edits of the mapping, by whom they change something for. */
const edits = {
  nobody: `title: 'user.jobTitle == "Nobody is called that" ? null : user.jobTitle'`,
  "one in a hundred": `title: 'user.employeeId.endsWith("00") ? user.department : user.jobTitle'`,
  everybody: `title: 'join(" ", [user.jobTitle, "x"])'`,
} as const;

/** The impact of an edit, told from the snapshot alone. */
export const editedMapping: Row = {
  id: "9",
  title: "`rollcall plan --offline` after an edit of the mapping, 1,000,000 stored records",
  beside: "the mapping function alone over the same records",
  async run(bench) {
    const shape = million(bench);
    const server = await GraphServer.start(shape);
    bench.atEnd(() => server.stop());
    const site = await siteFor(bench, server, shape, "site");
    // A site that was kept may be of another version: the state is brought up to date once, and not in each copy.
    await measure(rollcall, ["sync", "--config", site.config]);
    await server.stop();
    const records = join(site.folder, "records.ndjson");
    await writeRecords(site, records);
    const plain = readFileSync(site.config, "utf8");
    const alone = async (): Promise<Cost> => {
      writeFileSync(site.config, plain);
      const cost = await measure(mappingAlone, [site.config, records]);
      if (cost.said["people"] !== shape.people)
        throw new Error(`the mapping alone met ${cost.said["people"]} of ${shape.people} people`);
      return cost;
    };
    const plan = async (edit: keyof typeof edits): Promise<Cost> => {
      editMapping(site, plain, edits[edit]);
      const cost = await measure(rollcall, ["plan", "--offline", "--config", site.config], {
        codes: [0, 3],
        read: titlesIn,
      });
      const due = { nobody: 0, "one in a hundred": shape.people / 100, everybody: shape.people }[edit];
      if (cost.said["titles"] !== due)
        throw new Error(`the edit changes the titles of ${cost.said["titles"]} instead of ${due}`);
      return cost;
    };
    const works = await inTurn(bench, [
      { name: "mapping alone, with parsing", run: alone },
      { name: "edit that changes nobody", run: () => plan("nobody") },
      { name: "edit that changes 1 %", run: () => plan("one in a hundred") },
    ]);
    // Once, and not of a million: it takes minutes, and nothing is compared with it.
    const everybody = { name: "edit that changes everybody", run: () => plan("everybody") };
    const single = shape.people > 200_000 ? [] : await inTurn({ ...bench, rounds: 1 }, [everybody]);
    const [[floor, nobody, few], [all]] = [works, single];
    const ratio = (ours?: { readonly cpu: number }) => (ours?.cpu ?? Number.NaN) / (floor?.cpu ?? Number.NaN);
    const least = floor?.said["mapping"] ?? Number.NaN;
    const each = (cpu: number | undefined) =>
      cpu === undefined ? "not measured" : `${((cpu / shape.people) * 1e6).toFixed(1)} us`;
    return {
      works: [...works, ...single],
      claims: [
        { what: "CPU, nobody changed", measured: ratio(nobody), unit: "x", atMost: 2 },
        { what: "CPU, 1 % changed", measured: ratio(few), unit: "x", atMost: 2 },
        {
          what: "memory",
          measured: Math.max(nobody?.peak ?? 0, few?.peak ?? 0) / 1e6,
          unit: "MB",
          atMost: 300,
        },
      ],
      notes: [
        `CPU a person: mapping ${each(least)}, parsing ${each(floor?.said["parsing"])}; plan, nobody changed ${each(nobody?.cpu)}, 1 % ${each(few?.cpu)}, everybody ${each(all?.cpu)}`,
        `beside the mapping without the parsing: nobody changed ${((nobody?.cpu ?? 0) / least).toFixed(1)} x, 1 % ${((few?.cpu ?? 0) / least).toFixed(1)} x`,
      ],
    };
  },
};

/** "This edit changes title of 10,000." */
function titlesIn(out: string): { readonly titles: number } {
  const [, found] = /changes title of ([\d,]+)/.exec(out) ?? [];
  if (found !== undefined) return { titles: Number(found.replaceAll(",", "")) };
  return { titles: /changes nothing for anybody/.test(out) ? 0 : Number.NaN };
}

async function writeRecords(site: Site, file: string): Promise<void> {
  const db = new Database(site.file, { readonly: true });
  const out = createWriteStream(file);
  const all = db
    .prepare("select w.record from resource r join wide w on w.id = r.id where r.kind = 'user' order by r.id")
    .pluck()
    .iterate() as Iterable<string>;
  for (const record of all) if (!out.write(`${record}\n`)) await once(out, "drain");
  out.end();
  await once(out, "close");
  db.close();
}

/** The site's configuration with a mapping that differs from the default in one attribute. */
function editMapping({ folder, config }: Site, plain: string, row: string): void {
  writeFileSync(join(folder, "mapping.yaml"), `extends: default\nusers:\n  attributes:\n    ${row}\n`);
  const { connections, ...rest } = JSON.parse(plain) as { readonly connections: { readonly staff: object } };
  const staff = { ...connections.staff, mapping: "mapping.yaml" };
  writeFileSync(config, JSON.stringify({ ...rest, connections: { staff } }, null, 2));
}
