// Plain JavaScript, so that no types have to be taken off at the start of what is measured.
/** The floor under a read of Active Directory: the iterator of ldapts over the same search, and nothing is done with what it gives. */
import { readFileSync } from "node:fs";
import { Client } from "ldapts";

const { url, ca, root, bindDn, password, pageSize, filter, attributes } = JSON.parse(process.argv[2]);
const began = performance.now();
const cpu = process.cpuUsage();
const client = new Client({ url, tlsOptions: { ca: readFileSync(ca) } });
await client.bind(bindDn, password);
let objects = 0;
for await (const { searchEntries } of client.searchPaginated(root, {
  ...{ scope: "sub", filter, attributes, paged: { pageSize } },
  explicitBufferAttributes: ["objectGUID", "objectSid"],
}))
  objects += searchEntries.length;
await client.unbind();
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ objects, cpu: (user + system) / 1e6, wall: (performance.now() - began) / 1000 }),
);
