import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Caller, openOrganisation, path } from "./okta/caller.ts";
import { createTls, type Tls } from "./okta/okta-organisation.ts";
import { populate } from "./okta/population.ts";
import { mayBecome, type UserStatus } from "./okta/statuses.ts";

describe("users of the Okta stand-in", () => {
  let tls: Tls;
  let caller: Caller;
  const users = "/api/v1/users";
  const ids = (objects: readonly { id: string }[]): string[] => objects.map(({ id }) => id);

  beforeAll(async () => {
    tls = await createTls();
  });
  beforeEach(async () => {
    caller = await openOrganisation({ tls, customProperties: ["badge"] });
  });
  afterEach(async () => {
    await caller.close();
  });

  function person(login: string, status: UserStatus = "ACTIVE"): string {
    return caller.okta.users.create({ login }, status);
  }
  const search = (text: string) => caller.get(path(users, { search: text }));
  const filter = (text: string) => caller.get(path(users, { filter: text }));

  test("a plain list and q leave out who is deactivated; search and filter do not", async () => {
    const on = person("on@example.com");
    const off = person("off@example.com");
    caller.okta.users.deactivate(off);
    caller.goOn(5000);
    expect(ids((await caller.get(users)).body)).toEqual([on]);
    expect(ids((await caller.get(path(users, { q: "o" }))).body)).toEqual([on]);
    expect(ids((await search('status eq "DEPROVISIONED"')).body)).toEqual([off]);
    expect(ids((await filter('status eq "ACTIVE" or status eq "DEPROVISIONED"')).body)).toEqual([on, off]);
    expect(ids((await search('lastUpdated ge "2000-01-01T00:00:00.000Z"')).body)).toEqual([on, off]);
  });

  test("pages are followed by links, and the last one has none", async () => {
    const all = Array.from({ length: 5 }, (_, index) => person(`p${index}@example.com`));
    const first = await caller.get(`${users}?limit=2`);
    expect(ids(first.body)).toEqual(all.slice(0, 2));
    expect(first.headers.get("link")).toMatch(/^<https:[^>]*>; rel="self", <https:[^>]*>; rel="next"$/);
    const { all: seen, pages } = await caller.list(`${users}?limit=2`);
    expect(ids(seen)).toEqual(all);
    expect(pages).toBe(3);
  });

  test("whoever comes or goes while a list is read shifts nobody else", async () => {
    const all = Array.from({ length: 6 }, (_, index) => person(`p${index}@example.com`));
    const first = await caller.get(`${users}?limit=2`);
    caller.okta.users.deleteForGood(all[0] ?? "");
    const late = person("late@example.com");
    const { all: rest } = await caller.list(first.next ?? "");
    expect(ids(rest)).toEqual([...all.slice(2), late]);
  });

  test("200 are the default and the most that a page holds", async () => {
    populate(caller.okta, caller.okta.circumstances, { people: 260, groups: 0 });
    const list = path(users, { search: 'id sw "00u"' });
    expect((await caller.get(list)).body).toHaveLength(200);
    expect((await caller.list(list)).all).toHaveLength(260);
    for (const limit of ["201", "0", "-1", "many"]) {
      const refused = await caller.get(`${users}?limit=${limit}`);
      expect([refused.status, refused.body.errorCode], limit).toEqual([400, "E0000001"]);
    }
  });

  test("a cursor that was altered, or is used with another query, is refused", async () => {
    for (let index = 0; index < 4; index++) person(`p${index}@example.com`);
    caller.goOn(5000);
    const { next = "" } = await caller.get(path(users, { search: 'status eq "ACTIVE"', limit: 1 }));
    const after = new URL(next).searchParams.get("after") ?? "";
    const queries = [
      path(users, { search: 'status eq "ACTIVE"', after: `${after}x` }),
      path(users, { search: 'status eq "ACTIVE"', after: after.slice(1) }),
      path(users, { search: 'status eq "SUSPENDED"', after }),
      path(users, { after }),
      path("/api/v1/groups", { after }),
    ];
    for (const query of queries) {
      const { status, body } = await caller.get(query);
      expect([status, body.errorCode, body.errorCauses], query).toEqual([
        400,
        "E0000031",
        [{ errorSummary: "Invalid cursor." }],
      ]);
    }
    expect((await caller.get(next)).status).toBe(200);
    caller.okta.cursors.forget();
    expect((await caller.get(next)).body.errorCode).toBe("E0000031");
  });

  test("searches see a change about a second late, a read by id at once", async () => {
    const id = person("ann@example.com");
    const found = async () => ids((await search('profile.title eq "Boss"')).body);
    caller.goOn(5000);
    caller.okta.users.updateProfile(id, { title: "Boss" });
    expect((await caller.get(`${users}/${id}`)).body.profile.title).toBe("Boss");
    expect(await found()).toEqual([]);
    expect(ids((await filter(`id eq "${id}"`)).body)).toEqual([id]);
    caller.goOn(999);
    expect(await found()).toEqual([]);
    caller.goOn(1);
    expect(await found()).toEqual([id]);
  });

  test("searches never see an earlier change after a later one, however the lag changes", async () => {
    const { users: people, circumstances } = caller.okta;
    const id = person("ann@example.com");
    circumstances.lags.searchMs = 10_000;
    people.updateProfile(id, { title: "First" });
    circumstances.lags.searchMs = 0;
    people.updateProfile(id, { title: "Second" });
    const title = async () => (await search(`id eq "${id}"`)).body[0]?.profile.title;
    caller.goOn(5000);
    expect(await title()).toBe(undefined);
    caller.goOn(5000);
    expect(await title()).toBe("Second");
  });

  test("times are whole seconds, so that a search beyond the last one seen misses what shares its second", async () => {
    const [one, other] = [person("a@example.com"), person("b@example.com")];
    caller.goOn(5300);
    caller.okta.users.updateProfile(one, { title: "x" });
    caller.goOn(500);
    caller.okta.users.updateProfile(other, { title: "y" });
    caller.goOn(5000);
    const { lastUpdated } = (await caller.get(`${users}/${one}`)).body;
    expect(lastUpdated).toBe("2026-11-22T12:00:05.000Z");
    expect(ids((await search(`lastUpdated gt "${lastUpdated}"`)).body)).toEqual([]);
    expect(ids((await search(`lastUpdated ge "${lastUpdated}"`)).body)).toEqual([one, other]);
    expect(ids((await filter(`lastUpdated lt "${lastUpdated}"`)).body)).toEqual([]);
  });

  test("what search and filter do not know is refused", async () => {
    const refused = [
      ["search", 'profile.nonsense eq "x"'],
      ["search", 'Status eq "ACTIVE"'],
      ["search", 'status ne "ACTIVE"'],
      ["search", 'lastUpdated gt "yesterday"'],
      ["search", "status eq ACTIVE"],
      ["search", 'status eq "ACTIVE'],
      ["search", '(status eq "ACTIVE"'],
      ["search", 'status eq "ACTIVE" status eq "STAGED"'],
      ["search", ""],
      ["filter", 'profile.department eq "IT"'],
      ["filter", 'status sw "A"'],
      ["filter", 'status gt "A"'],
      ["filter", 'not (status eq "ACTIVE")'],
    ];
    for (const [name = "", text = ""] of refused) {
      const { status, body } = await caller.get(path(users, { [name]: text }));
      expect([status, body.errorCode], `${name}=${text}`).toEqual([400, "E0000031"]);
    }
    const both = await caller.get(path(users, { search: 'id eq "x"', filter: 'id eq "x"' }));
    expect([both.status, both.body.errorCode]).toEqual([400, "E0000001"]);
    expect((await search('profile.badge eq "7"')).status).toBe(200);
  });

  test("expressions mean what they say", async () => {
    const [ann, bob, cat] = ["ann@example.com", "bob@example.com", "cat@example.com"].map((login) =>
      person(login),
    );
    caller.okta.users.updateProfile(bob ?? "", { department: 'R "&" D' });
    caller.goOn(5000);
    const cases: readonly (readonly [string, readonly unknown[]])[] = [
      ['profile.login sw "A" or profile.login ew "T@EXAMPLE.COM"', [ann, cat]],
      ['profile.department eq "R \\"&\\" D"', [bob]],
      ["profile.department pr", [bob]],
      ["not (profile.department pr)", [ann, cat]],
      [
        'profile.login co "example" and (profile.firstName eq "ann" or profile.firstName eq "bob")',
        [ann, bob],
      ],
    ];
    for (const [text, expected] of cases) expect(ids((await search(text)).body), text).toEqual(expected);
  });

  test("a sorted search goes on by the value at which it stopped", async () => {
    const logins = ["d", "B", "a", "C"].map((letter) => `${letter}@example.com`);
    for (const login of logins) person(login);
    caller.goOn(5000);
    const sorted = { search: 'status eq "ACTIVE"', sortBy: "profile.login", limit: 1 };
    const names = async (query: Record<string, string | number>) =>
      (await caller.list(path(users, query))).all.map(({ profile }) => profile["login"]?.[0]).join("");
    expect(await names(sorted)).toBe("aBCd");
    expect(await names({ ...sorted, sortOrder: "desc" })).toBe("dCBa");
    expect((await caller.get(path(users, { ...sorted, sortBy: "profile.nonsense" }))).body.errorCode).toBe(
      "E0000031",
    );
    expect((await caller.get(path(users, { sortBy: "id" }))).status).toBe(400);
  });

  test("a user is read by id or login, and who is gone for good is in no list", async () => {
    const id = person("ann@example.com");
    expect((await caller.get(`${users}/ann@example.com`)).body.id).toBe(id);
    expect(caller.okta.users.delete(id)).toBe("deactivated");
    expect((await caller.get(`${users}/${id}`)).body.status).toBe("DEPROVISIONED");
    expect(caller.okta.users.delete(id)).toBe("gone");
    caller.goOn(5000);
    const missing = await caller.get(`${users}/${id}`);
    expect([missing.status, missing.body.errorCode]).toEqual([404, "E0000007"]);
    expect((await search('id sw "00u"')).body).toEqual([]);
    expect((await caller.get(users)).body).toEqual([]);
    expect(person("ann@example.com")).not.toBe(id);
  });

  test("statuses change along their life only", async () => {
    const { okta } = caller;
    const id = person("ann@example.com", "STAGED");
    expect(() => okta.users.suspend(id)).toThrow("a STAGED user does not become SUSPENDED");
    okta.users.beginTransition(id, "PROVISIONED");
    expect((await caller.get(`${users}/${id}`)).body).toMatchObject({
      status: "STAGED",
      transitioningToStatus: "PROVISIONED",
      activated: null,
    });
    const life: readonly UserStatus[] = [
      ...(["PROVISIONED", "ACTIVE", "LOCKED_OUT", "RECOVERY", "ACTIVE", "PASSWORD_EXPIRED"] as const),
      ...(["ACTIVE", "SUSPENDED", "ACTIVE", "DEPROVISIONED", "ACTIVE"] as const),
    ];
    for (const status of life) {
      caller.goOn(1000);
      okta.users.setStatus(id, status);
      const { body } = await caller.get(`${users}/${id}`);
      const stamp = new Date(caller.now()).toISOString();
      expect(body).toMatchObject({ status, statusChanged: stamp, lastUpdated: stamp });
      expect(body).not.toHaveProperty("transitioningToStatus");
    }
    expect(mayBecome("DEPROVISIONED", "SUSPENDED")).toBe(false);
    expect(() => okta.users.reactivate(id)).toThrow();
    expect(() => okta.users.unsuspend(id)).toThrow();
  });

  test("a change of status may leave lastUpdated where it was", async () => {
    const id = person("ann@example.com");
    const { lastUpdated } = (await caller.get(`${users}/${id}`)).body;
    caller.goOn(5000);
    caller.okta.circumstances.statusKeepsLastUpdated = true;
    caller.okta.users.suspend(id);
    expect((await caller.get(`${users}/${id}`)).body).toMatchObject({ status: "SUSPENDED", lastUpdated });
  });

  test("an answer leaves out what the caller does not want", async () => {
    const id = person("ann@example.com");
    caller.okta.users.beginTransition(id, "SUSPENDED");
    const wish = "omitCredentials,omitCredentialsLinks,omitTransitioningToStatus";
    const type = { "content-type": `application/json; okta-response=${wish}` };
    const slim = (await caller.get(`${users}/${id}`, type)).body;
    expect(slim).not.toHaveProperty("credentials");
    expect(slim).not.toHaveProperty("transitioningToStatus");
    expect(slim._links).not.toHaveProperty("changePassword");
    expect((await caller.get(`${users}/${id}`)).body._links).toHaveProperty("changePassword");
    const [chosen] = (await caller.get(path(users, { fields: "id,profile:(login,email)" }))).body;
    expect(chosen).toEqual({ id, profile: { login: "ann@example.com", email: "ann@example.com" } });
  });

  test("a login belongs to one user, an unknown property to nobody", () => {
    const ann = person("ann@example.com");
    const bob = person("bob@example.com");
    expect(() => person("ANN@example.com")).toThrow("taken");
    expect(() => caller.okta.users.updateProfile(bob, { login: "ann@example.com" })).toThrow("taken");
    expect(() => caller.okta.users.updateProfile(ann, { shoe: "43" })).toThrow('no property "shoe"');
    expect(() => caller.okta.users.updateProfile(ann, { email: null })).toThrow("needs email");
    caller.okta.users.updateProfile(ann, { login: "ann2@example.com", mobilePhone: "1", title: "x" });
    caller.okta.users.updateProfile(bob, { login: "ann@example.com" });
    caller.okta.users.updateProfile(ann, { login: "bob@example.com", mobilePhone: null, title: null });
    expect(caller.okta.users.get(ann).profile).toMatchObject({ login: "bob@example.com", mobilePhone: null });
    expect(caller.okta.users.get(ann).profile).not.toHaveProperty("title");
  });

  test("the same seed makes the same people", () => {
    const made = () => populate(caller.okta, caller.okta.circumstances, { people: 20, groups: 2, seed: 5 });
    const first = made().users.map((id) => caller.okta.users.get(id));
    expect(new Set(first.map(({ status }) => status)).size).toBeGreaterThan(1);
    for (const { id } of first) caller.okta.users.deleteForGood(id);
    for (const group of [...caller.okta.groups.table.values()])
      if (group.type !== "BUILT_IN") caller.okta.groups.delete(group.id);
    const second = made().users.map((id) => caller.okta.users.get(id));
    const telling = ({ status, profile }: (typeof first)[number]) => [status, profile];
    expect(second.map(telling)).toEqual(first.map(telling));
  });
});
