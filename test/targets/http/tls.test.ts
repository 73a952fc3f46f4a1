import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ConnectionError } from "../../../src/errors.ts";
import { type Authority, createAuthority, issueCertificate } from "../../lab/certificates.ts";
import { startScimService } from "../../stand-ins/scim-service.ts";
import { fakeClock } from "../fake-clock.ts";
import { type OpenOptions, openScim } from "../open-scim.ts";

const signal = new AbortController().signal;
let folder: string;
let authority: Authority;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scim-tls-"));
  authority = await createAuthority(folder);
});

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function secure(
  names: readonly string[],
  options: OpenOptions & { readonly days?: number; readonly baseUrl?: (url: string) => string } = {},
) {
  const { certificate, key } = await issueCertificate(authority, "service", names, options.days);
  const service = await startScimService({
    tls: { cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") },
  });
  opened.push({ close: () => service.stop() });
  const examined = await openScim(
    { ...service, baseUrl: options.baseUrl?.(service.baseUrl) ?? service.baseUrl },
    options,
  );
  opened.push(examined);
  return { service, api: examined.api };
}

const trusted = () => ({ ca: { file: authority.certificate } });

test("a certificate of the named authority is trusted, and its end is watched", async () => {
  const { api } = await secure(["127.0.0.1"], { more: trusted(), days: 20 });
  const findings = await api.probe(signal);
  expect(findings.find(({ check }) => check === "certificate")).toMatchObject({
    ok: "warning",
    message: expect.stringMatching(/ends on \d{4}-\d\d-\d\d, in (19|20) days/),
  });
});

test("a certificate that lasts is fine", async () => {
  const { api } = await secure(["127.0.0.1"], { more: trusted(), days: 400, clock: fakeClock(Date.now()) });
  expect((await api.probe(signal)).find(({ check }) => check === "certificate")).toMatchObject({ ok: true });
});

test.each([
  [
    "of an authority that nobody named",
    ["127.0.0.1"],
    {},
    /is signed by an authority that is not known here/,
    /ca: \{ file/,
  ],
  ["for another host", ["other.example.com"], { trust: true }, /is for another host/, /baseUrl/],
  ["that has expired", ["127.0.0.1"], { trust: true, days: -1 }, /has expired/, /renewed/],
] as const)(
  "a certificate %s is refused before anything is sent",
  async (_title, names, { trust, days }: { trust?: boolean; days?: number }, message, hint) => {
    const { api, service } = await secure(names, {
      more: trust ? trusted() : {},
      ...(days !== undefined && { days }),
    });
    const error = await api.users.create({ userName: "ann" }, { signal }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).message).toMatch(message);
    expect((error as ConnectionError).message).toContain(new URL(service.baseUrl).host);
    expect((error as ConnectionError).hint).toMatch(hint);
    expect(service.count()).toBe(0);
  },
);

test("a port that speaks plain http is no https service, and nothing was sent", async () => {
  const service = await startScimService();
  opened.push({ close: () => service.stop() });
  const examined = await openScim({ ...service, baseUrl: service.baseUrl.replace("http:", "https:") });
  opened.push(examined);
  const error = await examined.api.users
    .create({ userName: "ann" }, { signal })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).message).toMatch(/no secure connection to 127.0.0.1:\d+ is possible/);
  expect(service.count()).toBe(0);
});
