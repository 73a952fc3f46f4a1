import { expect, test, vi } from "vitest";
import type { Switches } from "../stand-ins/scim-service.ts";
import { domain, hire } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

/** Wrong answers of real services to who asks how many there are, or pages to the end. */
const lies: readonly (readonly [what: string, switches: Partial<Switches>])[] = [
  ["says that it holds nobody when none are asked for (scim2-server)", { totalOfNone: "none" }],
  ["gives the first page again behind the last one (scimmy)", { pastTheEnd: "first page" }],
  ["does both, on pages of seven", { totalOfNone: "none", pastTheEnd: "first page", pageMax: 7 }],
];

test.each(lies)("a service that %s has nobody made twice, missed or removed", async (_, switches) => {
  await using company = await domain();
  const { directory } = company;
  const people = hire(directory, 43);
  directory.objects.group("everybody", people);
  Object.assign(company.service.switches, switches);
  await company.goodSync();
  const before = company.held();
  // Everything that it holds is listed, compared, and found as it was.
  expect(await company.goodSync("--full", "--reconcile")).toEqual([]);
  expect(company.held()).toEqual(before);
  // Somebody is disabled, and everybody else's account is found again without links, by their ids.
  directory.objects.set(people[0] ?? "", { userAccountControl: "514" });
  expect(await company.goodSync("--reconcile")).toEqual(["PATCH Users"]);
  const listed = company.service.log.filter(
    ({ method, path }) => method === "GET" && path.startsWith("/Users?"),
  );
  expect(listed.length).toBeLessThan(150);
  const answer = await company.site.rollcall("test staff");
  expect(answer.code, answer.screen).toBe(0);
  expect(company.active()).toHaveLength(42);
  expect(company.service.store.all("Users")).toHaveLength(43);
});
