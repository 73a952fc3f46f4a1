import { describe, expect, test } from "vitest";
import { z } from "zod";
import { settings } from "../../../src/sources/active-directory/config.ts";

const good = {
  url: "ldaps://dc1.corp.example",
  bindDn: "rollcall@corp.example",
  bindPassword: { env: "AD" },
};

function problemsOf(section: unknown): string {
  const result = settings.safeParse(section);
  return result.success ? "" : z.prettifyError(result.error);
}

describe("the section of an Active Directory", () => {
  test("has defaults for what need not be said", () => {
    expect(settings.parse(good)).toEqual({
      ...good,
      url: ["ldaps://dc1.corp.example"],
      pageSize: 500,
      timeouts: { connect: 10_000, answer: 120_000 },
    });
  });

  test.each([
    [{ url: "http://dc1.corp.example" }, /expected ldaps:\/\/host or ldap:\/\/host \(StartTLS\)/],
    [{ url: [] }, /url/],
    [{ url: "ldaps://dc1.corp.example:3269" }, /global catalog/],
    [{ url: "ldaps://admin:secret@dc1.corp.example" }, /scheme, host and port only/],
    [{ url: "ldaps://dc1.corp.example/DC=corp" }, /scheme, host and port only/],
    [{ url: undefined }, /expected either url or domain/],
    [{ domain: "corp.example" }, /expected either url or domain/],
    [{ url: undefined, domain: "not a domain" }, /DNS name of a domain/],
    [{ baseDn: "corp.example" }, /distinguished name/],
    [{ bindPassword: "hunter2" }, /env: NAME/],
    [{ pageSize: 5000 }, /pageSize/],
    [{ timeouts: { answer: 30 } }, /duration/],
    [{ startTls: false }, /startTls/],
  ])("refuses %j and says what was expected", (change, expected) => {
    const problems = problemsOf({ ...good, ...change });
    expect(problems).toMatch(expected);
    expect(problems).not.toMatch(/hunter2|admin:secret/);
  });
});
