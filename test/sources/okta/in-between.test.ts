/** Rights that are missing for a while, and gateways that answer in Okta's place. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ProtocolError, TransientError } from "../../../src/errors.ts";
import { readScopes } from "../../stand-ins/okta/access.ts";
import { folded, pollAll } from "../fold.ts";
import { OktaWorld } from "./okta-world.ts";

let world: OktaWorld;

beforeAll(async () => {
  world = await OktaWorld.open();
  await world.createPerson({ login: "ann", displayName: "Ann" });
});
afterAll(() => world?.close());
beforeEach(() => {
  world.okta.faults.length = 0;
  world.okta.access.grants.tokenRights = [...readScopes];
});

const html = {
  how: "answer",
  headers: { "content-type": "text/html" },
  body: "<html>No way</html>",
} as const;
const json = { "content-type": "application/json" };

test("where the log may not be read for a while, nobody who was deleted meanwhile is missed", async () => {
  const leaver = await world.createPerson({ login: "leaver", displayName: "Leaver" });
  const source = world.source();
  const before = await pollAll(source, undefined);
  world.clock.pass(40 * 60_000);
  world.okta.access.grants.tokenRights = readScopes.filter((scope) => scope !== "okta.logs.read");
  await world.deletePerson(leaver);
  world.clock.pass(40 * 60_000);
  const blind = await pollAll(source, before.cursor);
  expect(blind.changes).toEqual([]);
  world.okta.access.grants.tokenRights = [...readScopes];
  world.clock.pass(40 * 60_000);
  const { changes } = await pollAll(source, blind.cursor);
  expect(changes).toMatchObject([{ type: "absent", id: leaver, evidence: "not-found" }]);
  expect(folded(changes, folded(before.changes)).records.has(leaver)).toBe(false);
  await source.close();
});

describe("a gateway's page", () => {
  test.each([403, 404, 407])("with %i is no word of Okta, not about the log either", async (status) => {
    const source = world.source();
    const { cursor } = await pollAll(source, undefined);
    world.okta.faults.push({ ...html, path: "/api/v1/logs", status });
    const error = await pollAll(source, cursor).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: ProtocolError.name,
      message: expect.stringMatching(
        `answered ${status} while reading the System Log, and not in the words of Okta`,
      ),
      hint: expect.stringMatching(/a proxy or a portal may answer/),
    });
    await source.close();
  });
});

test("a place in a list that is lost in its midst makes the next read begin anew", async () => {
  for (let at = 0; at < 250; at++) await world.createPerson({ login: `p${at}`, displayName: "P" });
  world.okta.faults.push({
    path: "/api/v1/users\\?.*after",
    how: "answer",
    status: 400,
    headers: json,
    body: JSON.stringify({ errorCode: "E0000031" }),
  });
  const source = world.source();
  const error = await pollAll(source, undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransientError);
  expect(String(error)).toMatch(/lost the place in the list \(400 E0000031\) while listing people/);
  await source.close();
});

test("a token endpoint that fails is named as what fails", async () => {
  world.okta.faults.push({ path: "/oauth2/v1/token", how: "answer", status: 500 });
  const source = world.source(world.application());
  await expect(pollAll(source, undefined)).rejects.toThrow(/failed \(500\) while giving a token/);
  await source.close();
});

test("a scope that the token lacks is named", async () => {
  world.okta.access.grants.role = false;
  const source = world.source(world.application());
  await expect(pollAll(source, undefined)).rejects.toMatchObject({
    hint: expect.stringMatching(/role Read-only Administrator; .* needs okta\.users\.read granted, too/),
  });
  world.okta.access.grants.role = true;
  await source.close();
});
