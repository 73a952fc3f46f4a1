import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Caller, openOrganisation, path } from "./okta/caller.ts";
import { createTls, type Tls } from "./okta/okta-organisation.ts";

describe("groups and applications of the Okta stand-in", () => {
  let tls: Tls;
  let caller: Caller;
  let people: string[];
  const groups = "/api/v1/groups";
  const ids = (objects: readonly { id: string }[]): string[] => objects.map(({ id }) => id);

  beforeAll(async () => {
    tls = await createTls();
  });
  beforeEach(async () => {
    caller = await openOrganisation({ tls });
    people = ["ann", "bob", "cat"].map((name) => caller.okta.users.create({ login: `${name}@example.com` }));
    caller.goOn(60_000);
  });
  afterEach(async () => {
    await caller.close();
  });

  const group = (id: string) => caller.get(`${groups}/${id}`).then(({ body }) => body);
  const search = (text: string) => caller.get(path(groups, { search: text })).then(({ body }) => ids(body));
  const filter = (text: string) => caller.get(path(groups, { filter: text })).then(({ body }) => ids(body));

  test("a change of members moves no timestamp of the user, nor lastUpdated of the group", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    const [ann = ""] = people;
    const before = [okta.users.get(ann).lastUpdated, (await group(id)).lastUpdated];
    caller.goOn(60_000);
    okta.groups.add(id, ann);
    caller.goOn(60_000);
    okta.groups.remove(id, ann);
    caller.goOn(60_000);
    const user = (await caller.get(`/api/v1/users/${ann}`)).body;
    expect([user.lastUpdated, (await group(id)).lastUpdated]).toEqual(before);
  });

  test("lastMembershipUpdated is old for seconds, by id, in lists, and a second longer in searches", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    const old = (await group(id)).lastMembershipUpdated;
    caller.goOn(60_000);
    okta.groups.add(id, people[0] ?? "");
    const changed = new Date(caller.now()).toISOString();
    const listed = async () => (await caller.get(path(groups, { q: "Team" }))).body[0]?.lastMembershipUpdated;
    caller.goOn(5999);
    expect((await group(id)).lastMembershipUpdated).toBe(old);
    expect(await listed()).toBe(old);
    expect(ids((await caller.get(`${groups}/${id}/users`)).body)).toEqual([people[0]]);
    caller.goOn(1);
    expect((await group(id)).lastMembershipUpdated).toBe(changed);
    expect(await listed()).toBe(changed);
    expect(await filter(`lastMembershipUpdated ge "${changed}"`)).toEqual([]);
    caller.goOn(1000);
    expect(await filter(`lastMembershipUpdated ge "${changed}"`)).toEqual([id]);
    expect(await search(`lastMembershipUpdated ge "${changed}" and type eq "OKTA_GROUP"`)).toEqual([id]);
  });

  test("a later read can show the time of an earlier change", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    okta.groups.add(id, people[0] ?? "");
    const first = new Date(caller.now()).toISOString();
    caller.goOn(4000);
    okta.groups.add(id, people[1] ?? "");
    caller.goOn(3000);
    expect((await group(id)).lastMembershipUpdated).toBe(first);
  });

  test("a rename moves lastUpdated, and searches follow", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    caller.goOn(60_000);
    okta.groups.rename(id, "Crew");
    const stamp = new Date(caller.now()).toISOString();
    expect(await group(id)).toMatchObject({ lastUpdated: stamp, profile: { name: "Crew" } });
    expect(await filter(`lastUpdated ge "${stamp}"`)).toEqual([]);
    caller.goOn(1000);
    expect(await filter(`lastUpdated ge "${stamp}"`)).toEqual([id]);
    expect(await search('profile.name sw "crew"')).toEqual([id]);
    expect(() => okta.groups.create("Crew")).toThrow("exists");
  });

  test("a deleted group vanishes from every list", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    caller.goOn(5000);
    expect(await search('profile.name eq "Team"')).toEqual([id]);
    okta.groups.delete(id);
    caller.goOn(5000);
    expect(ids((await caller.get(groups)).body)).toEqual([okta.groups.everyone]);
    expect(await search("id pr")).toEqual([okta.groups.everyone]);
    for (const missing of [`${groups}/${id}`, `${groups}/${id}/users`]) {
      const { status, body } = await caller.get(missing);
      expect([status, body.errorCode]).toEqual([404, "E0000007"]);
    }
  });

  test("what groups cannot be asked for is refused", async () => {
    const refused: readonly (readonly [string, string])[] = [
      ["search", 'profile.nonsense eq "x"'],
      ["filter", 'profile.name eq "Team"'],
      ["filter", 'type sw "OKTA"'],
      ["filter", 'not (type eq "OKTA_GROUP")'],
      ["filter", 'lastMembershipUpdated gt "1 hour ago"'],
    ];
    for (const [name, text] of refused) {
      const { status, body } = await caller.get(path(groups, { [name]: text }));
      expect([status, body.errorCode], text).toEqual([400, "E0000031"]);
    }
    expect((await caller.get(`${groups}?limit=10000`)).status).toBe(200);
    expect((await caller.get(`${groups}?limit=10001`)).status).toBe(400);
    expect((await caller.get(path(groups, { q: "a", filter: 'id eq "x"' }))).status).toBe(400);
  });

  test("members come in pages, whole, whatever their status; a member deleted for good leaves without a trace", async () => {
    const { okta } = caller;
    const id = okta.groups.create("Team");
    for (const user of people) okta.groups.add(id, user);
    okta.users.deactivate(people[1] ?? "");
    caller.goOn(60_000);
    const stamp = (await group(id)).lastMembershipUpdated;
    const { all, pages } = await caller.list(`${groups}/${id}/users?limit=2`);
    expect([ids(all), pages]).toEqual([people, 2]);
    expect(all.map(({ status }) => status)).toEqual(["ACTIVE", "DEPROVISIONED", "ACTIVE"]);
    okta.users.deleteForGood(people[1] ?? "");
    caller.goOn(60_000);
    expect(ids((await caller.get(`${groups}/${id}/users`)).body)).toEqual([people[0], people[2]]);
    expect((await group(id)).lastMembershipUpdated).toBe(stamp);
    expect((await caller.get(`${groups}/${id}/users?limit=1001`)).status).toBe(400);
    expect(ids((await caller.get(`/api/v1/users/${people[0]}/groups`)).body)).toEqual([
      okta.groups.everyone,
      id,
    ]);
    expect((await caller.get("/api/v1/users/nobody/groups")).status).toBe(404);
  });

  test("everyone is in Everyone, which nobody changes by hand; stats count", async () => {
    const { okta } = caller;
    const [everyone] = (await caller.get(path(groups, { filter: 'type eq "BUILT_IN"', expand: "stats" })))
      .body;
    expect(everyone?.profile["name"]).toBe("Everyone");
    expect(everyone?._embedded.stats).toEqual({ usersCount: 3, appsCount: 0 });
    expect(() => okta.groups.remove(okta.groups.everyone, people[0] ?? "")).toThrow();
    expect(() => okta.groups.delete(okta.groups.everyone)).toThrow();
  });

  test("an application has people directly and through groups", async () => {
    const { okta } = caller;
    const [ann = "", bob = "", cat = ""] = people;
    const app = okta.apps.create("App");
    const team = okta.groups.create("Team");
    okta.groups.add(team, ann);
    okta.apps.assignGroup(app, team);
    okta.apps.assignUser(app, bob);
    okta.groups.add(team, cat);
    const scopes = async () =>
      (await caller.list(`/api/v1/apps/${app}/users?limit=1`)).all.map(({ id, scope }) => [id, scope]);
    expect(await scopes()).toEqual([
      [ann, "GROUP"],
      [bob, "USER"],
      [cat, "GROUP"],
    ]);
    const [assigned] = (await caller.get(`/api/v1/apps/${app}/groups`)).body;
    expect(assigned?.id).toBe(team);
    okta.groups.add(team, bob);
    okta.apps.unassignUser(app, bob);
    okta.groups.remove(team, cat);
    okta.users.deactivate(ann);
    expect(await scopes()).toEqual([[bob, "GROUP"]]);
    const one = await caller.get(`/api/v1/apps/${app}/users/${bob}?expand=user`);
    expect(one.body._embedded.user.profile.login).toBe("bob@example.com");
    okta.groups.delete(team);
    expect(await scopes()).toEqual([]);
    expect((await caller.get(`/api/v1/apps/${app}/users/${bob}`)).body.errorCode).toBe("E0000007");
    expect(() => okta.apps.assignUser(app, ann)).toThrow("deactivated");
  });

  test("pages of assignments have their own bounds", async () => {
    const app = caller.okta.apps.create("App");
    const status = async (query: string) => (await caller.get(`/api/v1/apps/${app}/${query}`)).status;
    expect(await status("users?limit=500")).toBe(200);
    expect(await status("users?limit=501")).toBe(400);
    expect(await status("groups?limit=20")).toBe(200);
    expect(await status("groups?limit=19")).toBe(400);
    expect(await status("groups?limit=201")).toBe(400);
    const missing = await caller.get("/api/v1/apps/0oanothing/users");
    expect([missing.status, missing.body.errorCode]).toEqual([404, "E0000007"]);
    expect(ids((await caller.get("/api/v1/apps")).body)).toEqual([app]);
    expect((await caller.get(`/api/v1/apps/${app}`)).body.label).toBe("App");
  });
});
