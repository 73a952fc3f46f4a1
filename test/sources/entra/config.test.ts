import { describe, expect, test } from "vitest";
import { z } from "zod";
import { settings } from "../../../src/sources/entra/config.ts";

const good = {
  tenantId: "8A7D2F10-5C3E-4B7A-9F21-6D0E4C1B2A33",
  clientId: "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901",
  clientSecret: { env: "ENTRA" },
};

function problemsOf(section: unknown): string {
  const result = settings.safeParse(section);
  return result.success ? "" : z.prettifyError(result.error);
}

describe("the section of an Entra ID tenant", () => {
  test("has defaults for what need not be said, and knows one spelling of an id", () => {
    expect(settings.parse(good)).toEqual({
      ...good,
      tenantId: good.tenantId.toLowerCase(),
      cloud: "public",
      timeouts: { connect: 10_000, answer: 120_000 },
    });
  });

  test.each([
    [{ clientSecret: undefined, certificate: { file: "app.pem" } }],
    [{ clientSecret: undefined, workloadIdentity: true }],
    [{ clientSecret: undefined, managedIdentity: true }],
    [{ clientSecret: undefined, managedIdentity: true, clientId: undefined }],
    [{ cloud: "usgov-dod" }],
    [{ endpoints: { login: "https://localhost:8443", graph: "https://localhost:8444/" } }],
  ])("takes %j", (change) => {
    expect(problemsOf({ ...good, ...change })).toBe("");
  });

  test.each([
    [{ tenantId: "contoso.onmicrosoft.com" }, /expected an id such as .*\n.*tenantId/],
    [{ clientId: undefined }, /application \(client\) id.*\n.*clientId/],
    [{ clientSecret: undefined }, /exactly one way to log in: clientSecret, certificate/],
    [{ managedIdentity: true }, /exactly one way to log in.*\n.*managedIdentity/],
    [{ managedIdentity: false }, /managedIdentity/],
    [{ clientSecret: "hunter2" }, /env: NAME/],
    [{ cloud: "germany" }, /cloud/],
    [{ endpoints: { login: "http://localhost", graph: "https://localhost" } }, /begins with https/],
    [{ endpoints: { login: "https://localhost", graph: "https://localhost/v1.0" } }, /host and port only/],
    [
      { endpoints: { login: "https://a:secret@localhost", graph: "https://localhost" } },
      /host and port only/,
    ],
    [{ secret: "x" }, /secret/],
  ])("refuses %j and says what was expected", (change, expected) => {
    const problems = problemsOf({ ...good, ...change });
    expect(problems).toMatch(expected);
    expect(problems).not.toMatch(/hunter2|a:secret/);
  });
});
