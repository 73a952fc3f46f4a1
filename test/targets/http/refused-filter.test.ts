import { afterEach, beforeEach, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, ItemError } from "../../../src/errors.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import { buildResource } from "../../../src/scim/build.ts";
import { type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { openScim, realClock } from "../open-scim.ts";

const signal = new AbortController().signal;
let service: ScimService;
let api: ScimApi;
let now: number;
const opened: { close(): Promise<void> }[] = [];

const QUOTED = 'All "Staff", everywhere';

/** A service that takes filters, but answers 400 to a quote in a value. */
beforeEach(async () => {
  service = await startScimService();
  opened.push({ close: () => service.stop() });
  service.switches.faults = [{ how: "answer", method: "GET", path: "%5C%22", status: 400 }];
  now = 0;
  const examined = await openScim(service, { clock: { ...realClock, now: () => now } });
  opened.push(examined);
  api = examined.api;
});

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

function groups(...names: readonly string[]): void {
  for (const displayName of names)
    service.store.create("Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName,
    });
}

const names = async (value: string) =>
  (await api.groups.find("displayName", value, signal)).map((each) => each["displayName"]);
const lists = () => service.log.filter(({ path }) => path.startsWith("/Groups?startIndex")).length;

test("a value that the service refuses to filter by is looked for in its list, and compared in full", async () => {
  groups("Staff", QUOTED, 'All "Staff"');
  expect(await names('all "STAFF", everywhere')).toEqual([QUOTED]);
  expect(await names('No "such" group')).toEqual([]);
  expect(await names("Staff")).toEqual(["Staff"]);
});

test("look-ups of one moment share one reading of the list, later ones read again", async () => {
  groups(QUOTED);
  await Promise.all(Array.from({ length: 8 }, (_, n) => names(`"${n}"`)));
  expect(await names('"x"')).toEqual([]);
  expect(lists()).toBe(1);
  groups('"x"');
  now += 5_000;
  expect(await names('"x"')).toEqual(['"x"']);
  expect(lists()).toBe(2);
});

test("what we wrote ourselves is found at once", async () => {
  expect(await names(QUOTED)).toEqual([]);
  const { id } = await api.groups.create(buildResource("group", { displayName: QUOTED }), { signal });
  expect(await names(QUOTED)).toEqual([QUOTED]);
  await api.groups.delete(id, { signal });
  expect(await names(QUOTED)).toEqual([]);
});

test("a creation without an answer is found too: nobody gets a second group", async () => {
  expect(await names(QUOTED)).toEqual([]);
  service.switches.faults.push({ how: "lose", method: "POST", times: 1 });
  await api.groups.create(buildResource("group", { displayName: QUOTED }), { signal }).catch(() => undefined);
  expect(await names(QUOTED)).toEqual([QUOTED]);
});

test("a list that is too long to look through is read once, and the look-up is refused", async () => {
  groups(...Array.from({ length: 2_001 }, (_, n) => `g${n}`));
  for (const value of ['"a"', '"b"']) {
    const error = await names(value).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ItemError);
    expect(error).toMatchObject({
      status: 400,
      message: expect.stringMatching(/refuses to look groups up by displayName .* too many to look through/),
    });
  }
  expect(lists()).toBe(21);
});

test("half a list proves nobody's absence", async () => {
  groups(...Array.from({ length: 150 }, (_, n) => `g${n}`));
  service.switches.ignoresStartIndex = true;
  await expect(names(QUOTED)).rejects.toThrow(ConnectionError);
});

test("a filter that fails for another reason is not made up for", async () => {
  service.switches.faults = [{ how: "answer", path: "filter=", status: 403 }];
  await expect(names(QUOTED)).rejects.toThrow(CredentialsRefused);
  expect(lists()).toBe(0);
});
