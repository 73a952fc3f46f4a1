import { readFile } from "node:fs/promises";
import { Client, EqualityFilter } from "ldapts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, TransientError } from "../../../../src/errors.ts";
import { Secret } from "../../../../src/secret.ts";
import { endpointOf } from "../../../../src/sources/active-directory/client/endpoint.ts";
import { searchPages } from "../../../../src/sources/active-directory/client/search.ts";
import { Session } from "../../../../src/sources/active-directory/client/session.ts";
import type { LdapDirectory } from "../../../stand-ins/ldap-directory.ts";
import { pollAll } from "../../fold.ts";
import { Certificates } from "../stand-in.ts";

/** Faults that LDAP servers, networks and the library bring; where the library alone fails, a test shows that the trap is armed. */
describe("the LDAP client", () => {
  let certificates: Certificates;
  let directory: LdapDirectory;
  const opened: { close(): unknown }[] = [];
  const signal = (): AbortSignal => AbortSignal.timeout(15_000);
  const password = { value: new Secret("x"), accepted: () => {}, refused: () => false };
  const login = { dn: "rollcall@stand.example", password };

  beforeAll(async () => {
    certificates = await Certificates.create();
  });
  afterAll(() => certificates?.remove());
  beforeEach(async () => {
    directory = await certificates.directory();
    for (const name of ["ann", "bob", "cid"]) directory.objects.person(name);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await directory.stop();
  });

  async function session(from = directory, answerTimeoutMs = 2000): Promise<Session> {
    const authorities = [await readFile(certificates.authority.certificate, "utf8")];
    const dialing = { authorities, serverName: undefined, connectTimeoutMs: 2000, answerTimeoutMs };
    const one = await Session.open(endpointOf(from.url), dialing, login, signal());
    opened.push(one);
    return one;
  }

  async function people(from: Session, pageSize = 1): Promise<number> {
    const filter = new EqualityFilter({ attribute: "objectClass", value: "user" });
    const search = {
      base: directory.objects.root,
      scope: "sub",
      filter,
      attributes: ["cn"],
      what: "reading",
    } as const;
    let count = 0;
    for await (const page of searchPages(from, search, pageSize, signal())) count += page.length;
    return count;
  }

  /** The library on its own. */
  async function library(from = directory): Promise<Client> {
    const ca = await readFile(certificates.authority.certificate, "utf8");
    const client = new Client({ url: from.url, tlsOptions: { ca } });
    await client.bind("rollcall@stand.example", "x");
    opened.push({ close: () => client.unbind() });
    return client;
  }

  const everyone = { filter: "(objectClass=user)", attributes: ["cn"], paged: { pageSize: 1 } };

  test("an empty page with a cookie is not the last page", async () => {
    directory.rules.emptyPages = true;
    const alone = await (await library()).search(directory.objects.root, everyone);
    expect(alone.searchEntries).toHaveLength(0);
    expect(await people(await session())).toBe(3);
  });

  test("a lost connection is never opened again without a login", async () => {
    const [ours, theirs] = [await session(), await library()];
    directory.dropAll();
    await expect.poll(() => ours.isOpen).toBe(false);
    const alone = await theirs.search(directory.objects.root, everyone);
    expect(alone.searchEntries).toHaveLength(0);
    expect(directory.anonymousSearches).toBe(1);
    await expect(people(ours)).rejects.toBeInstanceOf(TransientError);
    expect(directory.anonymousSearches).toBe(1);
  });

  test("a connection dropped in the midst of an answer is an incomplete read", async () => {
    directory.faults.dropAfter = 2;
    await expect(people(await session(), 1000)).rejects.toThrow(/before its answer was complete/);
    await expect(pollAll(certificates.source(directory), undefined)).rejects.toBeInstanceOf(TransientError);
  });

  test("a connection dropped after StartTLS ends what waits on it", async () => {
    const plain = await certificates.directory({ startTls: true });
    opened.push({ close: () => plain.stop() });
    const one = await session(plain, 60_000);
    plain.faults.silent = true;
    const waiting = people(one);
    await expect.poll(() => plain.searches.length).toBe(2);
    plain.dropAll();
    await expect(waiting).rejects.toBeInstanceOf(TransientError);
    expect(one.isOpen).toBe(false);
  });

  test("a server that never answers is given up after the time-out", async () => {
    directory.faults.silent = true;
    const one = await session(directory, 150);
    await expect(people(one)).rejects.toThrow(/did not answer for/);
  });

  test("an abort ends the wait for a silent server at once", async () => {
    directory.faults.silent = true;
    const controller = new AbortController();
    const polling = pollAll(certificates.source(directory), undefined, controller.signal);
    await expect.poll(() => directory.searches.length).toBeGreaterThan(1);
    const reason = new Error("stopped");
    const from = performance.now();
    controller.abort(reason);
    await expect(polling).rejects.toBe(reason);
    expect(performance.now() - from).toBeLessThan(500);
  });

  test("a GUID whose bytes happen to be text is still a GUID", async () => {
    const guid = "41424344-4546-4748-494a-4b4c4d4e4f50";
    directory.objects.person("text", {}, guid);
    const alone = await (await library()).search(directory.objects.root, {
      filter: "(sAMAccountName=text)",
      attributes: ["objectGUID"],
      explicitBufferAttributes: ["objectGUID"],
    });
    expect(alone.searchEntries[0]?.["OBJECTGUID"]).toBeTypeOf("string");
    const { changes } = await pollAll(certificates.source(directory), undefined);
    expect(changes.some((change) => change.type === "present" && change.id === guid)).toBe(true);
  });

  test("an attribute that was not sent is not taken for a cleared one", async () => {
    const id = directory.objects.person("dee", { givenName: "Dee", mail: "dee@stand.example" });
    const source = certificates.source(directory);
    const { cursor } = await pollAll(source, undefined);
    directory.objects.set(id, { givenName: [] });
    const { changes } = await pollAll(source, cursor);
    expect(changes).toEqual([{ type: "changed", kind: "user", id, set: {}, cleared: ["givenName"] }]);
  });

  test.each([
    [3, TransientError],
    [4, ConnectionError],
    [11, ConnectionError],
    [51, TransientError],
    [52, TransientError],
  ])("a search that the server ends with code %i is incomplete, not shorter", async (code, family) => {
    directory.faults.stop = { code, entries: 2 };
    await expect(people(await session(), 1000)).rejects.toBeInstanceOf(family);
    await expect(pollAll(certificates.source(directory), undefined)).rejects.toBeInstanceOf(family);
  });

  test("no limits of the client's own are sent with a search", async () => {
    await pollAll(certificates.source(directory), undefined);
    const limits = directory.searches.map(({ sizeLimit, timeLimit }) => [sizeLimit, timeLimit]);
    expect(limits.every((limit) => limit.join() === "0,0")).toBe(true);
  });

  test("bytes that are not LDAP end the read with a broken protocol", async () => {
    directory.faults.garbage = true;
    await expect(pollAll(certificates.source(directory), undefined)).rejects.toThrow(/not LDAP/);
  });

  test("references to other domains are neither followed nor in the way", async () => {
    const { changes } = await pollAll(certificates.source(directory), undefined);
    expect(changes.filter((change) => change.type === "present" && change.kind === "user")).toHaveLength(3);
  });

  test.each([
    ["52e", /password or the name is wrong/],
    ["525", /no such account/],
    ["530", /at this time/],
    ["531", /from this computer/],
    ["532", /password has expired/],
    ["533", /disabled/],
    ["701", /account has expired/],
    ["773", /must be changed/],
    ["775", /locked/],
  ])("a refused login says why (data %s), once, and asks no other server", async (data, reason) => {
    const other = await certificates.directory();
    opened.push({ close: () => other.stop() });
    const diagnostic = `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v3839`;
    directory.faults.bind = { code: 49, diagnostic };
    const polling = pollAll(certificates.source([directory.url, other.url]), undefined);
    const error = await polling.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CredentialsRefused);
    expect(String(error)).toMatch(reason);
    expect(String(error)).not.toContain("correct horse");
    expect([directory.binds.length, other.connections]).toEqual([1, 0]);
  });

  test.each([8, 13, 48])("a server that takes no simple bind (code %i) refuses the login", async (code) => {
    directory.faults.bind = { code, diagnostic: "00002028: LdapErr: DSID-0C090202" };
    await expect(pollAll(certificates.source(directory), undefined)).rejects.toBeInstanceOf(
      CredentialsRefused,
    );
  });

  test("a server that is busy with logins is passed over for the next one", async () => {
    const other = await certificates.directory();
    opened.push({ close: () => other.stop() });
    other.objects.person("eve");
    directory.faults.bind = { code: 51, diagnostic: "busy" };
    const { cursor } = await pollAll(certificates.source([directory.url, other.url]), undefined);
    expect(JSON.parse(cursor.text).url).toBe(other.url);
  });
});
