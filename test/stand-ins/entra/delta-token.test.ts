import { describe, expect, test } from "vitest";
import type { Body } from "./bare-client.ts";
import { DAY_MS } from "./switches.ts";
import { endsTenants, HandClock, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const USERS = "/users/delta?$select=displayName,jobTitle";

describe("a token", () => {
  async function refusal(
    link: string,
    client: { get(link: string): Promise<{ status: number; body: Body }> },
  ) {
    const { status, body } = await client.get(link);
    return [status, body.error?.code];
  }

  test("takes no further query option, and belongs to its own collection and kind of link", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 1 } });
    tenant.createUser();
    tenant.createUser();
    const { body } = await client.get(USERS);
    const next = String(body["@odata.nextLink"]);
    const { deltaLink } = await client.round(next);
    for (const link of [
      `${next}&$select=displayName`,
      `${deltaLink}&$top=5`,
      deltaLink.replace("/users/", "/groups/"),
      deltaLink.replace("$deltatoken", "$skiptoken"),
      next.replace("$skiptoken", "$deltatoken"),
      deltaLink.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      `${deltaLink}x`,
    ])
      expect(await refusal(link, client), link).toEqual([400, "BadRequest"]);
    expect((await client.get(deltaLink)).status).toBe(200);
  });

  test.each(["$top=5", "$orderby=displayName", "$expand=manager", "$count=true", "$search=x"])(
    "a first call with %s is refused",
    async (option) => {
      const { client } = await tenantAndClient();
      expect(await refusal(`${USERS}&${option}`, client)).toEqual([400, "Request_UnsupportedQuery"]);
    },
  );

  test("filters other than up to 50 ids, and unknown names, are refused", async () => {
    const { client } = await tenantAndClient();
    const ids = Array.from({ length: 51 }, (_, index) => `id eq '${index}'`).join(" or ");
    for (const filter of ["displayName eq 'x'", "id ne 'x'", ids])
      expect((await client.get(`${USERS}&$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
    expect(await refusal("/users/delta?$select=shoeSize", client)).toEqual([400, "BadRequest"]);
    expect(await refusal("/users/delta?$select=members", client)).toEqual([400, "BadRequest"]);
    expect(await refusal("/groups/delta?$select=manager", client)).toEqual([400, "BadRequest"]);
  });

  test("of a delta link lives seven days", async () => {
    const clock = new HandClock();
    const { client } = await tenantAndClient({ now: clock.now });
    const { deltaLink } = await client.round(USERS);
    clock.ms += 7 * DAY_MS - 1;
    expect((await client.get(deltaLink)).status).toBe(200);
    clock.ms += 1;
    expect(await refusal(deltaLink, client)).toEqual([400, "syncStateNotFound"]);
  });

  test("of a page dies too", async () => {
    const clock = new HandClock();
    const { tenant, client } = await tenantAndClient({ now: clock.now, switches: { deltaPageSize: 1 } });
    tenant.createUser();
    tenant.createUser();
    const { body } = await client.get(USERS);
    clock.ms += DAY_MS;
    expect(await refusal(String(body["@odata.nextLink"]), client)).toEqual([
      400,
      "Directory_ExpiredPageToken",
    ]);
  });

  test("that the service lost is answered with 410 and where to start again, also in the middle of a round", async () => {
    const { tenant, client } = await tenantAndClient({
      switches: { expiredAnswer: "410 with Location", deltaPageSize: 1 },
    });
    tenant.createUser({ displayName: "Ann" });
    tenant.createUser({ displayName: "Bob" });
    const { body } = await client.get(USERS);
    tenant.loseSyncState();
    const lost = await client.get(String(body["@odata.nextLink"]));
    expect([lost.status, lost.body.error?.code]).toEqual([410, "resyncRequired"]);
    expect(lost.headers["location"]).toBe(
      `${tenant.graphUrl}/v1.0/users/delta?$select=displayName,jobTitle&$deltatoken=`,
    );
    expect((await client.round(String(lost.headers["location"]))).items).toHaveLength(2);
  });
});
