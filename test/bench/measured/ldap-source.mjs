// Plain JavaScript, so that no types have to be taken off at the start of what is measured.
/** A full read by the Active Directory source alone, built as it is installed (the second argument): what comes is dropped, page by page. */
const { definition } = await import(process.argv[3]);
const { url, ca, root, bindDn, password, pageSize } = JSON.parse(process.argv[2]);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
process.env["BENCH_PASSWORD"] = password;
const began = performance.now();
const cpu = process.cpuUsage();
const settings = definition.settings.parse({
  ...{ url, baseDn: root, bindDn, bindPassword: { env: "BENCH_PASSWORD" } },
  ...{ ca: { file: ca }, pageSize },
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
