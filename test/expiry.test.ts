import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Expiry, expiriesIn, expiryText, noticeDue } from "../src/expiry.ts";
import { type Authority, createAuthority, issueCertificate } from "./lab/certificates.ts";

const day = 86_400_000;
const end = Date.UTC(2027, 0, 31);
const secret: Expiry = { place: "sources.entra.clientSecret", what: "secret", name: "ENTRA", endsAt: end };

let folder: string;
let authority: Authority;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-expiry-"));
  authority = await createAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function certificate(name: string, days: number): Promise<string> {
  return (await issueCertificate(authority, name, ["localhost"], days)).certificate;
}

test("it is noticed 30, 7 and 1 days before, and when it is over", () => {
  const at = (days: number) => noticeDue(secret, end - days * day);
  expect([31, 30, 8, 7, 2, 1, 0, -3].map(at)).toEqual([undefined, 30, 30, 7, 7, 1, 0, 0]);
});

test("it is said with place, name and day, never with a value", () => {
  const text = (days: number) => expiryText(secret, end - days * day);
  expect(text(30)).toBe("sources.entra.clientSecret: the secret of ENTRA expires on 2027-01-31 (in 30 days)");
  expect(text(1)).toContain("(in 1 day)");
  expect(text(0.5)).toContain("(within a day)");
  expect(text(-1)).toBe("sources.entra.clientSecret: the secret of ENTRA expired on 2027-01-31");
});

test("days written beside secrets are found wherever they stand, of a list each", () => {
  const settings = {
    token: [
      { env: "NEW", expires: "2027-01-31" },
      { file: "/old", expires: "2026-12-01" },
    ],
    nested: { privateKey: { credential: "okta-key", expires: "2028-02-29" } },
    other: { expires: "2027-01-31" },
  };
  expect(expiriesIn(settings, "sources.okta", 0)).toEqual([
    { place: "sources.okta.token", what: "secret", name: "NEW", endsAt: end },
    { place: "sources.okta.token", what: "secret", name: "/old", endsAt: Date.UTC(2026, 11, 1) },
    {
      place: "sources.okta.nested.privateKey",
      what: "secret",
      name: "okta-key",
      endsAt: Date.UTC(2028, 1, 29),
    },
  ]);
});

test("certificates and authorities in files tell by themselves", async () => {
  const root = await certificate("Corp Root", 20);
  const ours = await certificate("rollcall", 5);
  const found = expiriesIn({ ca: { file: root }, certificate: { file: ours } }, "sources.entra", 0);
  expect(found).toMatchObject([
    { place: "sources.entra.ca", what: "authority", name: "Corp Root" },
    { place: "sources.entra.certificate", what: "certificate", name: "rollcall" },
  ]);
  const days = found.map(({ endsAt }) => Math.round((endsAt - Date.now()) / day));
  expect(days).toEqual([20, 5]);
});

test("of several authorities one that is over already is nobody's worry, of one alone it is", async () => {
  const both = join(folder, "both.pem");
  const files = [await certificate("Old Root", 1), await certificate("New Root", 100)];
  writeFileSync(both, files.map((file) => readFileSync(file, "utf8")).join(""));
  const later = Date.now() + 2 * day;
  expect(expiriesIn({ ca: { file: both } }, "targets.app", later).map(({ name }) => name)).toEqual([
    "New Root",
  ]);
  const alone = { ca: { file: join(folder, "Old Root.pem") } };
  expect(expiriesIn(alone, "targets.app", later).map(({ name }) => name)).toEqual(["Old Root"]);
});

test("a file that is missing or no certificate is nobody's end", () => {
  const text = join(folder, "text");
  writeFileSync(text, "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----");
  const settings = { ca: { file: join(folder, "missing") }, certificate: { file: text } };
  expect(expiriesIn(settings, "x", 0)).toEqual([]);
});
