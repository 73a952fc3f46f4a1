import { afterEach, beforeEach, expect, test } from "vitest";
import type { ScimApi } from "../../../src/scim/api.ts";
import { type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { openScim } from "../open-scim.ts";

const signal = new AbortController().signal;
let service: ScimService;
let api: ScimApi;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  service = await startScimService();
  opened.push({ close: () => service.stop() });
  const examined = await openScim(service);
  opened.push(examined);
  api = examined.api;
});

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

const headers = { "content-type": "application/scim+json" };

function answers(status: number, body: unknown): void {
  service.switches.faults = [
    { how: "answer", method: "GET", path: "/Me$", status, headers, body: JSON.stringify(body) },
  ];
}

test("a service says whose account our token is", async () => {
  answers(200, { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], id: "u-1", userName: "sync" });
  expect(await api.me?.(signal)).toBe("u-1");
});

test("a service that has no such endpoint, or answers with something else, does not say it", async () => {
  expect(await api.me?.(signal)).toBeUndefined();
  answers(200, { totalResults: 0 });
  expect(await api.me?.(signal)).toBeUndefined();
  answers(501, { status: "501" });
  await expect(api.me?.(signal)).rejects.toThrow("say whose token it is");
});
