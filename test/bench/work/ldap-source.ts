/** A full read by the Active Directory source alone, as it is installed: what comes is dropped, page by page. */
import { silent } from "../../../src/log.ts";

const [url = "", ca = "", base = "", bindDn = "", password = "", pageSize = ""] = process.argv.slice(2);
const built = new URL("../../../dist/sources/active-directory/index.js", import.meta.url).href;
const { definition } = (await import(
  built
)) as typeof import("../../../src/sources/active-directory/index.ts");
process.env["BENCH_PASSWORD"] = password;
const began = performance.now();
const cpu = process.cpuUsage();
const settings = definition.settings.parse({
  ...{ url, baseDn: base, bindDn, bindPassword: { env: "BENCH_PASSWORD" }, ca: { file: ca } },
  ...(pageSize === "" ? {} : { pageSize: Number(pageSize) }),
});
const select = {
  user: [
    ...[
      "objectGUID",
      "userPrincipalName",
      "sAMAccountName",
      "accountEnabled",
      "displayName",
      "cn",
      "givenName",
    ],
    ...["sn", "title", "preferredLanguage", "mail", "telephoneNumber", "mobile", "facsimileTelephoneNumber"],
    ...["physicalDeliveryOfficeName", "streetAddress", "l", "st", "postalCode", "c", "employeeID"],
    ...["employeeNumber", "department", "manager"],
  ],
  group: ["objectGUID", "displayName", "cn"],
};
const clock = { now: () => Date.now(), sleep: () => Promise.reject(new Error("a source does not sleep")) };
const source = definition.open(settings, { name: "ad", select, log: silent, clock });
let objects = 0;
for await (const { changes } of source.poll(undefined, new AbortController().signal))
  for (const change of changes) if (change.type === "present") objects++;
await source.close();
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ objects, cpu: (user + system) / 1e6, wall: (performance.now() - began) / 1000 }),
);
