import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, openOrganisation, path } from "./okta/caller.ts";
import { measuredLags } from "./okta/circumstances.ts";
import type { UserStatus } from "./okta/statuses.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

describe("the Okta stand-in answers in the shape of published answers", () => {
  let caller: Caller;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    caller = await openOrganisation();
    const { users, groups, apps } = caller.okta;
    const statuses: readonly UserStatus[] = [
      ...(["ACTIVE", "LOCKED_OUT", "PASSWORD_EXPIRED", "PROVISIONED", "SUSPENDED"] as const),
    ];
    for (const status of statuses) ids.set(status, users.create({ login: `${status}@example.com` }, status));
    const staged = users.create({ login: "staged@example.com" }, "STAGED");
    users.beginTransition(staged, "PROVISIONED");
    ids.set("STAGED", staged);
    const gone = users.create({ login: "gone@example.com" });
    users.deactivate(gone);
    ids.set("DEPROVISIONED", gone);
    const team = groups.create("Team", "A team");
    groups.add(team, ids.get("PROVISIONED") ?? "");
    ids.set("team", team);
    const app = apps.create("App");
    apps.assignGroup(app, team);
    apps.assignUser(app, ids.get("ACTIVE") ?? "");
    ids.set("app", app);
    caller.goOn(measuredLags.membershipMs + measuredLags.searchMs);
  });
  afterAll(async () => {
    await caller.close();
  });

  const body = async (url: string): Promise<Json> => (await caller.get(url)).body as unknown as Json;
  const filtered = async (status: string): Promise<Json> =>
    await body(path("/api/v1/users", { filter: `status eq "${status}"` }));

  test.each(["ACTIVE", "LOCKED_OUT", "PASSWORD_EXPIRED", "PROVISIONED", "SUSPENDED"])(
    "a %s user in a list",
    async (status) => {
      expect(shape(await filtered(status))).toEqual(shape([sample(`user-${status}`)]));
    },
  );

  test("a STAGED user on the way to the next status", async () => {
    // Realms are a paid feature that this organisation does not have.
    const { realmId, ...published } = sample("user-STAGED") as { realmId: Json };
    expect(typeof realmId).toBe("string");
    expect(shape(await filtered("STAGED"))).toEqual(shape([published]));
  });

  test("a DEPROVISIONED user read alone", async () => {
    const user = await body(`/api/v1/users/${ids.get("DEPROVISIONED")}`);
    expect(shape(user)).toEqual(shape(sample("user-DEPROVISIONED")));
  });

  test("a first page with its link to the next", async () => {
    const reply = await caller.get("/api/v1/users?limit=1");
    const published = (sample("users-page-1-link-next.headers") as { link: string }).link;
    const link = (text: string) => text.replaceAll(/https:\/\/[^/]+|(?<=after=)[^&>]+/g, "_");
    const parts = reply.headers.get("link")?.split(", ") ?? [];
    const sorted = (text: string) => link(text).split(/[?&>]/).sort();
    expect(sorted(parts[1] ?? "")).toEqual(sorted(published));
    expect([...reply.headers.keys()]).toEqual(
      expect.arrayContaining(
        Object.keys(sample("users-page-1-link-next.headers") as object).map((name) => name.toLowerCase()),
      ),
    );
  });

  test("groups, with the one that everybody is in", async () => {
    const groups = await body("/api/v1/groups");
    expect(shape(groups)).toEqual(shape(sample("groups-list")));
    const type = (value: Json) => (value as { type: string }[]).map((group) => group.type);
    expect(type(groups)).toEqual(type(sample("groups-list")));
  });

  test("members of a group", async () => {
    const members = await body(`/api/v1/groups/${ids.get("team")}/users`);
    expect(shape(members)).toEqual(shape((sample("group-members") as Json[]).slice(0, 1)));
  });

  test("groups of an application", async () => {
    const groups = await body(`/api/v1/apps/${ids.get("app")}/groups`);
    expect(shape(groups)).toEqual(shape((sample("app-groups") as Json[]).slice(0, 1)));
  });

  test("people of an application, with the whole user", async () => {
    const people = (await body(`/api/v1/apps/${ids.get("app")}/users?expand=user`)) as Json[];
    const [published] = sample("spec-app-users") as [Record<string, Json>];
    // `lastSync` comes only where the application is provisioned.
    const active = people.find(
      (person) => (person as { id: string }).id === ids.get("ACTIVE"),
    ) as typeof published;
    expect(Object.keys(active).sort()).toEqual(
      Object.keys(published)
        .filter((key) => key !== "lastSync")
        .sort(),
    );
    expect(shape(active["_links"] ?? null)).toEqual(shape(published["_links"] ?? null));
    const user = (value: typeof published) => (value["_embedded"] as { user: Record<string, Json> }).user;
    const { credentials: own, ...rest } = user(active);
    const { credentials: theirs, ...publishedRest } = user(published);
    expect(shape(rest)).toEqual(shape(publishedRest));
    expect(Object.keys(own ?? {})).toEqual(expect.arrayContaining(Object.keys(theirs ?? {})));
  });

  test.each(["group.user_membership.add", "application.user_membership.add", "user.lifecycle.deactivate"])(
    "the event %s",
    async (eventType) => {
      const filter = `eventType eq "${eventType}"`;
      const since = new Date(caller.now() - 60_000).toISOString();
      const [event] = (await body(path("/api/v1/logs", { since, filter }))) as { [key: string]: Json }[];
      const published = sample(`log-${eventType}`) as { [key: string]: Json };
      expect(Object.keys(event ?? {}).sort()).toEqual(Object.keys(published).sort());
      for (const part of ["actor", "target", "outcome", "transaction", "client"])
        expect(shape(event?.[part] ?? null), part).toEqual(shape(published[part] ?? null));
    },
  );

  const missingUser = "00usfgmn9xhwtA6f74x6";
  const missingGroup = "00gsfck5wNqOPYMfS4x6";
  test.each([
    ["error-404-user-not-found", `/api/v1/users/${missingUser}`, 404],
    ["error-404-group-not-found", `/api/v1/groups/${missingGroup}`, 404],
    ["error-400-invalid-cursor", "/api/v1/users?after=mock_cursor_for_testing&limit=2", 400],
    ["spec-error-401-invalid-token", "/api/v1/users", 401],
    ["spec-error-403", "/api/v1/logs", 403],
    ["error-429-recorded", "/api/v1/apps", 429],
  ])("%s", async (name, url, status) => {
    const { access, faults } = caller.okta;
    if (status === 429) faults.push({ how: "rate limit", times: 1 });
    if (status === 403)
      access.grants.tokenRights = access.grants.tokenRights.filter((right) => !/logs/.test(right));
    const reply = await caller.get(url, status === 401 ? { authorization: "SSWS wrong" } : {});
    if (status === 403) access.grants.tokenRights.push("okta.logs.read");
    const published = sample(name) as { [key: string]: Json };
    expect(reply.status).toBe(status);
    expect({ ...reply.body, errorId: "" }).toEqual({ ...published, errorId: "" });
    expect(reply.body.errorId).toMatch(/^oae/);
  });

  test.each([
    ["logs-error-2-E0000053", { filter: 'display_message eqq "Create okta user"' }],
    ["logs-error-3-E0000053", { filter: 'some_invalid_field eq "x"' }],
    ["logs-error-4-E0000053", { since: "2020-01-01T00:00:00Z" }],
    ["logs-error-5-E0000031", { filter: 'debugContext.debugData.url co "x"' }],
    ["logs-error-1-E0000001", { until: "yesterday" }],
    ["logs-error-8-E0000001", { q: "x".repeat(41) }],
  ])("%s", async (name, query) => {
    const { errorCode, errorSummary, errorCauses } = sample(name) as { [key: string]: Json };
    const reply = await caller.get(path("/api/v1/logs", query));
    expect(reply.status).toBe(400);
    expect([reply.body.errorCode, reply.body.errorSummary]).toEqual([errorCode, errorSummary]);
    if (errorCauses !== undefined)
      expect(shape(reply.body.errorCauses as unknown as Json)).toEqual(shape(errorCauses));
  });
});

/** What a value is made of; texts are told apart by what they look like. */
function shape(value: Json): Json {
  if (value === null || value === "") return "nothing";
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object") return typeof value === "string" ? look(value) : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(key, inner)]));
}

/** Values that one organisation has and another has not. */
const optional = ["mobilePhone", "secondEmail", "externalSessionId", "geolocation"];

function shapeOf(key: string, value: Json): Json {
  return optional.includes(key) ? "optional" : shape(value);
}

function look(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/.test(text)) return "time in whole seconds";
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return "time";
  if (/^0[0u][a-z0-9]\w{17}$/i.test(text)) return `id ${text.slice(0, 3)}`;
  if (/^https?:.*\/okta-(medium|large)\..*png$/.test(text)) return "logo";
  if (/^https?:/.test(text))
    return text.replace(/^https?:\/\/[^/]+/, "").replaceAll(/[a-z0-9]{3}\w{17}/gi, "{id}");
  return "text";
}

function sample(name: string): Json {
  return JSON.parse(readFileSync(new URL(`./okta/samples/${name}.json`, import.meta.url), "utf8")) as Json;
}
