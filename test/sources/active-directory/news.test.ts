import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Log, silent } from "../../../src/log.ts";
import type { LdapDirectory } from "../../stand-ins/ldap-directory.ts";
import { pollAll } from "../fold.ts";
import { Certificates } from "./stand-in.ts";

const nowhere = "ldaps://127.0.0.1:9";
let certificates: Certificates;
let directory: LdapDirectory;
let news: string[];
let log: Log;

beforeAll(async () => {
  certificates = await Certificates.create();
});
afterAll(() => certificates?.remove());
beforeEach(async () => {
  directory = await certificates.directory();
  directory.objects.person("ann");
  news = [];
  log = {
    ...silent,
    info: (_, message) => news.push(`info: ${message}`),
    warn: (_, message) => news.push(`warn: ${message}`),
  };
});
afterEach(() => directory.stop());

test("what is so in every run is no warning: a missing right, a domain controller that never answers", async () => {
  directory.rules.mayReplicate = false;
  const source = certificates.source([nowhere, directory.url], {}, log);
  await pollAll(source, (await pollAll(source, undefined)).cursor);
  expect(new Set(news)).toEqual(
    new Set([
      "info: domain controller cannot be used",
      "info: DirSync cannot be used; changes are followed by uSNChanged instead",
    ]),
  );
});

test("a domain controller that was used and is lost is a warning", async () => {
  const other = await certificates.directory();
  other.objects.person("ann");
  try {
    const source = certificates.source([other.url, directory.url], {}, log);
    const { cursor } = await pollAll(source, undefined);
    expect(news).toEqual([]);
    await other.stop();
    await pollAll(source, cursor).catch(() => undefined);
    expect(news[0]).toBe("warn: domain controller cannot be used");
  } finally {
    await other.stop();
  }
});
