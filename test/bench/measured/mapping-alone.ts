/**
 * `node mapping-alone.ts CONFIG RECORDS`: the mapping of a connection, and nothing else, over everybody's record, one JSON text a line. Says what the
 * mapping took by itself, and with the parsing of the records, which whoever looks at stored records cannot do without.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { loadConfig } from "../../../src/config/load.ts";
import { connectionNamed, readerOf } from "../../../src/connection.ts";
import { checkMapping } from "../../../src/mapping/compile.ts";
import type { SourceRecord } from "../../../src/sources/source.ts";

const [config = "", records = ""] = process.argv.slice(2);
const { mapping, view } = await readerOf(connectionNamed(await loadConfig(config, checkMapping), undefined));
const now = Date.now();
const page = 1000;
let texts: string[] = [];
let people = 0;
let values = 0;
const spent = { parse: 0, map: 0 };

for await (const line of createInterface({ input: createReadStream(records) })) {
  texts.push(line);
  if (texts.length === page) mapPage();
}
mapPage();
console.log(
  JSON.stringify({ people, values, mapping: spent.map, parsing: spent.parse, cpu: spent.map + spent.parse }),
);

/** Parsed first and mapped then, a page at a time, so that each is measured by itself without a look at the clock for each person. */
function mapPage(): void {
  const began = cpuSeconds();
  const parsed = texts.map((text) => JSON.parse(text) as SourceRecord);
  const between = cpuSeconds();
  for (const record of parsed) {
    const mapped = mapping.evaluate("user", view("user", record, now).attributes);
    values += Object.keys(mapped.attributes).length;
  }
  spent.parse += between - began;
  spent.map += cpuSeconds() - between;
  people += texts.length;
  texts = [];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
