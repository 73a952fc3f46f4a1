import { afterEach, expect, test } from "vitest";
import { oktaFor, oktaSection } from "./okta.ts";
import { Site } from "./site.ts";

const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

test("whoever Okta deactivates, and so takes out of the application, is switched off and not deleted, and comes back in the same account", async () => {
  const site = new Site();
  ends.push(() => site.end());
  const okta = await oktaFor(site);
  ends.push(() => okta.stop());
  const { users, apps } = okta;
  const app = apps.create("Chat");
  const people = ["ann", "ben", "cem", "dan"].map((name) => users.create({ login: `${name}@example.com` }));
  const [ann = "", ben = ""] = people;
  for (const each of people) apps.assignUser(app, each);
  site.configure(
    oktaSection(site, okta),
    { type: "embedded" },
    { scope: { assigned: { app } }, policy: { whenOutOfScope: "delete" } },
  );
  expect(await site.rollcall("sync")).toMatchObject({ code: 0 });
  const stateOf = (id: string) =>
    site.ask<{ id: string | null; intent: string | null }>(
      `select target_id as id, applied_intent as intent from resource where source_id = '${id}'`,
    )[0];
  const before = stateOf(ann);
  expect(before).toMatchObject({ intent: "active" });

  users.deactivate(ann);
  expect(apps.get(app).people.has(ann)).toBe(false);
  apps.unassignUser(app, ben);
  site.clock.pass(3_600_000);
  expect((await site.rollcall("sync")).said).toContain("1 person deactivated 1 person deleted");
  expect(stateOf(ann)).toEqual({ id: before?.id, intent: "inactive" });
  expect(stateOf(ben)?.id).toBeNull();

  users.reactivate(ann);
  apps.assignUser(app, ann);
  site.clock.pass(3_600_000);
  expect((await site.rollcall("sync")).said).toContain("1 person reactivated");
  expect(stateOf(ann)).toEqual(before);
});
