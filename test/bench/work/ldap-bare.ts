/** The floor under a read of Active Directory: the iterator of ldapts over the same search, and nothing is done with what it gives. */
import { readFileSync } from "node:fs";
import { Client } from "ldapts";
import { attributes, filter } from "./ldap-asked.ts";

const [url = "", ca = "", base = "", bindDn = "", password = "", pageSize = ""] = process.argv.slice(2);
const began = performance.now();
const cpu = process.cpuUsage();
const client = new Client({ url, tlsOptions: { ca: readFileSync(ca) } });
await client.bind(bindDn, password);
let objects = 0;
const search = {
  scope: "sub",
  filter,
  attributes: [...attributes],
  paged: { pageSize: Number(pageSize) },
} as const;
for await (const { searchEntries } of client.searchPaginated(base, {
  ...search,
  attributes: [...attributes],
  explicitBufferAttributes: ["objectGUID", "objectSid"],
})) {
  objects += searchEntries.length;
}
await client.unbind();
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ objects, cpu: (user + system) / 1e6, wall: (performance.now() - began) / 1000 }),
);
