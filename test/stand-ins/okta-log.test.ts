import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Caller, openOrganisation, path, type Reply } from "./okta/caller.ts";
import { createTls, type Tls } from "./okta/okta-organisation.ts";

describe("the System Log of the Okta stand-in", () => {
  let tls: Tls;
  let caller: Caller;
  const logs = "/api/v1/logs";
  const dayMs = 86_400_000;
  const ago = (ms: number): string => new Date(caller.now() - ms).toISOString();
  const kinds = ({ body }: Reply): string[] =>
    body.map(({ eventType }) => eventType.replace(/^user\.(lifecycle|account)\./, ""));

  beforeAll(async () => {
    tls = await createTls();
  });
  beforeEach(async () => {
    caller = await openOrganisation({ tls });
  });
  afterEach(async () => {
    await caller.close();
  });

  const since = () => caller.get(path(logs, { since: ago(60_000) }));
  const next = (reply: Reply) => caller.get(reply.next ?? "no next link");

  test("every change has its event of the vendor's catalogue, with targets by type", async () => {
    const { users, groups, apps } = caller.okta;
    const ann = users.create({ login: "ann@example.com" });
    users.updateProfile(ann, { title: "x" });
    for (const status of [
      "SUSPENDED",
      "ACTIVE",
      "LOCKED_OUT",
      "ACTIVE",
      "PASSWORD_EXPIRED",
      "RECOVERY",
    ] as const)
      users.setStatus(ann, status);
    const team = groups.create("Team");
    groups.add(team, ann);
    groups.rename(team, "Crew");
    const app = apps.create("App");
    apps.assignGroup(app, team);
    groups.remove(team, ann);
    groups.delete(team);
    users.deactivate(ann);
    users.reactivate(ann);
    users.deleteForGood(ann);
    const reply = await since();
    const told = reply.body.map(({ eventType, target }) => [eventType, ...target.map(({ type }) => type)]);
    expect(told).toEqual([
      ["user.lifecycle.create", "User"],
      ["user.lifecycle.activate", "User"],
      ["user.account.update_profile", "User"],
      ["user.lifecycle.suspend", "User"],
      ["user.lifecycle.unsuspend", "User"],
      ["user.account.lock", "User"],
      ["user.account.unlock", "User"],
      ["user.account.expire_password", "User"],
      ["user.account.reset_password", "User"],
      ["group.lifecycle.create", "UserGroup"],
      ["group.user_membership.add", "User", "UserGroup"],
      ["group.profile.update", "UserGroup"],
      ["application.lifecycle.create", "AppInstance"],
      ["group.application_assignment.add", "UserGroup", "AppInstance"],
      ["application.user_membership.add", "AppUser", "AppInstance", "User"],
      ["group.user_membership.remove", "User", "UserGroup"],
      ["application.user_membership.remove", "AppUser", "AppInstance", "User"],
      ["group.lifecycle.delete", "UserGroup"],
      ["group.application_assignment.remove", "UserGroup", "AppInstance"],
      ["user.lifecycle.deactivate", "User"],
      ["user.lifecycle.reactivate", "User"],
      ["user.lifecycle.deactivate", "User"],
      ["user.lifecycle.delete.initiated", "User"],
      ["user.lifecycle.delete.completed", "User"],
    ]);
    expect(reply.body[0]?.target[0]?.id).toBe(ann);
    expect(new Set(reply.body.map(({ uuid }) => uuid)).size).toBe(reply.body.length);
  });

  test("a poll always gets a next link, also when there is nothing, and it goes on from there", async () => {
    const { users } = caller.okta;
    const empty = await since();
    expect(empty.body).toEqual([]);
    expect(new URL(empty.next ?? "").searchParams.has("since")).toBe(false);
    const still = await next(empty);
    expect(still.body).toEqual([]);
    const ann = users.create({ login: "ann@example.com" });
    const first = await next(still);
    expect(kinds(first)).toEqual(["create", "activate"]);
    expect(kinds(await next(first))).toEqual([]);
    users.suspend(ann);
    expect(kinds(await next(first))).toEqual(["suspend"]);
  });

  test("a poll tells in the order of persistence, so a late event comes late and is not lost", async () => {
    const { users, log } = caller.okta;
    const ann = users.create({ login: "ann@example.com" });
    const first = await since();
    log.late(30_000, () => users.suspend(ann));
    caller.goOn(1000);
    users.unsuspend(ann);
    const second = await next(first);
    expect(kinds(second)).toEqual(["unsuspend"]);
    expect(kinds(await next(second))).toEqual([]);
    caller.goOn(29_000);
    const third = await next(second);
    expect(kinds(third)).toEqual(["suspend"]);
    expect(third.body[0]?.published).toBe(new Date(caller.now() - 30_000).toISOString());
  });

  test("a bounded query is by the time of the event, ends, and misses what comes late", async () => {
    const { users, log } = caller.okta;
    const ann = users.create({ login: "ann@example.com" });
    caller.goOn(1000);
    log.late(30_000, () => users.suspend(ann));
    caller.goOn(1000);
    users.unsuspend(ann);
    caller.goOn(1000);
    const bounds = { since: ago(10_000), until: ago(0) };
    const walk = async (parameters: Readonly<Record<string, string | number>>) => {
      const seen: string[] = [];
      for (let url: string | undefined = path(logs, parameters); url !== undefined; ) {
        const reply: Reply = await caller.get(url);
        seen.push(...kinds(reply));
        url = reply.next;
      }
      return seen;
    };
    expect(await walk({ ...bounds, limit: 1 })).toEqual(["create", "activate", "unsuspend"]);
    expect(await walk({ ...bounds, sortOrder: "DESCENDING" })).toEqual(["unsuspend", "activate", "create"]);
    expect(await walk({ ...bounds, until: ago(1000) })).toEqual(["create", "activate"]);
    caller.goOn(30_000);
    expect(await walk({ since: bounds.since, until: bounds.until })).toEqual([
      ...["create", "activate", "suspend", "unsuspend"],
    ]);
  });

  test("what is done silently leaves no event, and the log may lag as a whole", async () => {
    const { users, log, circumstances } = caller.okta;
    const ann = log.silently(() => users.create({ login: "ann@example.com" }));
    circumstances.lags.logMs = 5000;
    users.suspend(ann);
    expect(kinds(await since())).toEqual([]);
    caller.goOn(5000);
    expect(kinds(await since())).toEqual(["suspend"]);
  });

  test("pages hold 100 events by default and 1000 at most", async () => {
    for (let index = 0; index < 51; index++) caller.okta.users.create({ login: `p${index}@example.com` });
    const first = await since();
    expect(first.body).toHaveLength(100);
    expect((await next(first)).body).toHaveLength(2);
    const size = (limit: number) => caller.get(path(logs, { since: ago(60_000), limit }));
    expect((await size(1000)).body).toHaveLength(102);
    const none = await size(0);
    expect([none.status, none.body]).toEqual([200, []]);
    for (const limit of [1001, -1]) expect((await size(limit)).body.errorCode).toBe("E0000001");
  });

  test("filters work on the fields that there are, and a poll goes on behind what they left out", async () => {
    const { users } = caller.okta;
    const ann = users.create({ login: "ann@example.com" });
    users.suspend(ann);
    const filtered = (filter: string) => caller.get(path(logs, { since: ago(60_000), filter }));
    expect(kinds(await filtered('eventType eq "user.lifecycle.suspend"'))).toEqual(["suspend"]);
    expect(kinds(await filtered(`target.id eq "${ann}" and not (eventType co "create")`))).toEqual([
      ...["activate", "suspend"],
    ]);
    const nothing = await filtered('eventType sw "group."');
    expect(nothing.body).toEqual([]);
    expect(new URL(nothing.next ?? "").searchParams.get("filter")).toBe('eventType sw "group."');
    caller.okta.groups.create("Team");
    expect(kinds(await next(nothing))).toEqual(["group.lifecycle.create"]);
    expect(kinds(await caller.get(path(logs, { since: ago(60_000), q: "SUSPEND ann@" })))).toEqual([
      "suspend",
    ]);
  });

  test("what the log cannot be asked for is refused as the documentation shows", async () => {
    const refused: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
      [{ filter: 'eventType eqq "x"' }, "E0000053", /Unrecognized attribute operator 'eqq' at position 10/],
      [{ filter: 'some_invalid_field eq "x"' }, "E0000053", /field is not valid: some_invalid_field/],
      [{ filter: 'published gt "2026-01-01T00:00:00Z"' }, "E0000053", /field is not valid: published/],
      [{ filter: 'debugContext.debugData.url co "x"' }, "E0000031", /Operator: co, Field: debugContext/],
      [{ since: ago(181 * dayMs) }, "E0000053", /over 180 days/],
      [{ since: "Thu Jan 01 2026" }, "E0000001", /'since': The date format/],
      [{ until: "tomorrow" }, "E0000001", /'until': The date format/],
      [{ q: "x".repeat(41) }, "E0000001", /longer than 40 characters/],
      [{ sortOrder: "UP" }, "E0000001", /sortOrder/],
      [{ after: "000usfdsyqnIjEmHNm4x6" }, "E0000031", /Invalid search criteria/],
    ];
    for (const [query, code, summary] of refused) {
      const { status, body } = await caller.get(path(logs, query));
      expect([status, body.errorCode], JSON.stringify(query)).toEqual([400, code]);
      expect(body.errorSummary).toMatch(summary);
    }
    expect((await caller.get(path(logs, { since: ago(179 * dayMs) }))).status).toBe(200);
  });

  test("since and after exclude each other", async () => {
    const { next: link = "" } = await since();
    const both = new URL(link);
    both.searchParams.set("since", ago(0));
    expect((await caller.get(both.href)).body.errorCode).toBe("E0000001");
    both.searchParams.delete("since");
    both.searchParams.set("filter", 'severity eq "INFO"');
    expect((await caller.get(both.href)).body.errorCode).toBe("E0000031");
  });

  test("events are kept for 90 days, and an older since is cut without a word", async () => {
    const { users, circumstances } = caller.okta;
    circumstances.ago(91 * dayMs, () => users.create({ login: "ann@example.com" }));
    const bob = users.create({ login: "bob@example.com" });
    const asked = { since: ago(120 * dayMs) };
    for (const query of [asked, { ...asked, until: ago(-1000) }]) {
      const { status, body } = await caller.get(path(logs, query));
      const ids = body.map(({ target }) => target[0]?.id);
      expect([status, ids]).toEqual([200, [bob, bob]]);
    }
  });

  test("a cursor that slept longer than events are kept misses those that are gone", async () => {
    const { users } = caller.okta;
    const first = await since();
    users.create({ login: "ann@example.com" });
    for (let month = 0; month < 4; month++) {
      caller.goOn(29 * dayMs);
      await caller.get("/api/v1/users");
    }
    const bob = users.create({ login: "bob@example.com" });
    const { body } = await next(first);
    expect(body.map(({ target }) => target[0]?.id)).toEqual([bob, bob]);
  });

  test("a failure is told as such", async () => {
    caller.okta.log.tell("user.lifecycle.create", [], "FAILURE");
    expect((await since()).body[0]?.outcome.result).toBe("FAILURE");
  });
});
