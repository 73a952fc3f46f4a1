import { afterEach, beforeEach, expect, test } from "vitest";
import { CredentialsRefused, type ItemError, isRollcallError, ProtocolError } from "../../../src/errors.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import { buildResource } from "../../../src/scim/build.ts";
import { type Fault, type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { openScim } from "../open-scim.ts";

const signal = new AbortController().signal;
/** Values of a person that must not be in what is kept of a failed request. */
const marked = {
  userName: "canary.userName@marked.example",
  externalId: "canary-external-4711",
  displayName: "Canaria Displayname",
  "name.familyName": "Canarymann",
  title: "Canary of everything",
};
const ann = buildResource("user", marked, { active: true });
let service: ScimService;
let api: ScimApi;
let close: () => Promise<void>;

beforeEach(async () => {
  service = await startScimService();
  const opened = await openScim(service);
  api = opened.api;
  close = () => opened.close();
});

afterEach(async () => {
  await close();
  await service.stop();
});

function answers(status: number, body: unknown, type = "application/scim+json"): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const fault: Fault = { how: "answer", status, headers: { "content-type": type }, body: text };
  service.switches.faults.push(fault);
}

function scimError(status: number, detail: string, scimType: string): unknown {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(status),
    scimType,
    detail,
  };
}

async function failed(work: Promise<unknown>): Promise<ItemError | ProtocolError | CredentialsRefused> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRollcallError(error)) throw new Error(`it did not fail as it should: ${String(error)}`);
  return error as ItemError;
}

test("a refused creation keeps what was asked and answered, and no value", async () => {
  answers(
    400,
    scimError(400, "Attribute 'department' is required for canary.userName@marked.example", "invalidValue"),
  );
  const { exchange } = await failed(api.users.create(ann, { signal }));
  expect(exchange).toEqual({
    method: "POST",
    path: "/Users",
    status: 400,
    code: "invalidValue",
    detail: "Attribute 'department' is required for ...",
  });
});

test("a refused look-up keeps the attribute, not the value that was looked for", async () => {
  answers(403, "no", "text/plain");
  const { exchange } = await failed(api.users.find("userName", marked.userName, signal));
  expect(exchange).toMatchObject({ method: "GET", status: 403 });
  expect(exchange?.path).toMatch(/^\/Users\?filter=userName eq \.\.\./);
});

test.each([
  ["a web page in place of a list", 200, "<html>login</html>", "text/html", "a web page"],
  ["a page that is not there", 404, "<html><title>Not Found</title></html>", "text/html", "Not Found"],
] as const)("%s is no SCIM: a person has to look", async (_, status, body, type, detail) => {
  answers(status, body, type);
  const error = await failed(api.users.count(signal));
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error.exchange).toMatchObject({ method: "GET", status, detail });
});

test("an object that is no list, where a list is due, is no SCIM", async () => {
  answers(200, { hello: "world" });
  expect(await failed(api.users.find("userName", "x", signal))).toBeInstanceOf(ProtocolError);
});

test("a refused token keeps neither itself nor whom it was for", async () => {
  answers(401, {
    error: "invalid_token",
    error_description: `Bearer ${service.token} of canary.userName@marked.example expired`,
  });
  const error = await failed(api.users.get("canary-external-4711", signal));
  expect(error).toBeInstanceOf(CredentialsRefused);
  expect(error.exchange).toEqual({
    method: "GET",
    path: "/Users/{id}",
    status: 401,
    detail: "Bearer ... of ... expired",
  });
});

test("whatever a service says, no value of a person is kept", async () => {
  const echoes = Object.values(marked).flatMap((value) => [
    value,
    value.toUpperCase(),
    encodeURIComponent(value),
    `value="${value}"`,
    [...value].reverse().join(""),
    Buffer.from(value).toString("base64"),
  ]);
  const secrets = [...echoes, service.token]
    .flatMap((text) => text.split(/\s+/))
    .filter((text) => text.length > 3);
  for (const echo of echoes) {
    answers(400, scimError(400, `The value ${echo} is not valid, ${echo}`, echo));
    const { exchange } = await failed(api.users.create(ann, { signal }));
    const kept = JSON.stringify(exchange).toLowerCase();
    const common = ["name", "displayname", "username", "title", "everything", "value"];
    for (const each of secrets.filter((text) => !common.includes(text.toLowerCase())))
      expect(kept).not.toContain(each.toLowerCase());
  }
});
