import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startEntraTenant } from "../../stand-ins/entra/tenant.ts";

const PEOPLE = 200_000;
/** Ids of all who were told (some 20 MiB) may be held, their records may not: those would be more than 200 MiB. */
const MOST_MIB = 60;

test("reading 200,000 people takes no more memory at its end than at its beginning, but for their ids", async () => {
  const tenant = await startEntraTenant({ switches: { deltaPageSize: 1_000 } });
  for (let index = 0; index < PEOPLE; index++)
    tenant.createUser({
      userPrincipalName: `person-${index}@contoso.example`,
      displayName: `Person ${index} with a name of some length`,
      mail: `person-${index}@contoso.example`,
      jobTitle: "Engineer for things that take a long title",
      department: `Department ${index % 100}`,
      streetAddress: "A street with a long name 123, entrance B",
    });
  const { tenantId, clientId, clientSecret, loginUrl, graphUrl, caFile } = tenant;
  const reader = fork(fileURLToPath(new URL("./memory-reader.ts", import.meta.url)), {
    execArgv: ["--expose-gc"],
    env: { ...process.env, ENTRA_SECRET: clientSecret },
  });
  try {
    reader.send({ tenantId, clientId, loginUrl, graphUrl, caFile });
    const [{ people, firstMib, lastMib }] = await once(reader, "message");
    expect(people).toBe(PEOPLE);
    expect(lastMib - firstMib).toBeLessThan(MOST_MIB);
  } finally {
    reader.kill();
    await tenant.stop();
  }
}, 120_000);
