import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ConfigurationError,
  ConnectionError,
  CredentialsRefused,
  isRollcallError,
  TransientError,
} from "../../../../src/errors.ts";
import { run } from "../../../lab/children.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { pollAll } from "../../fold.ts";
import { sourceOn } from "../entra-world.ts";
import { FastClock } from "../fast-clock.ts";

let tenant: EntraTenant;
let folder: string;
const signal = () => AbortSignal.timeout(10_000);

beforeAll(async () => {
  tenant = await startEntraTenant();
  tenant.createUser({ displayName: "Ann" });
  folder = mkdtempSync(join(tmpdir(), "rollcall-login-"));
});

afterAll(async () => {
  await tenant.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function failureWith(more: Readonly<Record<string, unknown>>): Promise<Error & { hint?: string }> {
  const source = sourceOn(tenant, { more });
  try {
    await pollAll(source, undefined);
  } catch (error) {
    if (isRollcallError(error)) return error as Error & { hint?: string };
    throw error;
  } finally {
    await source.close();
  }
  throw new Error("nothing was thrown");
}

function secret(text: string): { readonly file: string } {
  const file = join(folder, `secret-${Math.random()}`);
  writeFileSync(file, text, { mode: 0o600 });
  return { file };
}

describe("the login", () => {
  test("says that the secret is wrong, and does not show it", async () => {
    const error = await failureWith({ clientSecret: secret("hunter2") });
    expect(error).toBeInstanceOf(CredentialsRefused);
    expect(error.message).toMatch(/^the client secret of the application .* is wrong \(AADSTS7000215\)$/);
    expect(error.hint).toMatch(/value, not its id/);
    expect(JSON.stringify([error.message, error.hint])).not.toContain("hunter2");
  });

  test("says that the secret has expired", async () => {
    const late = await startEntraTenant({ secretEndsAt: Date.now() - 1_000 });
    const source = sourceOn(late);
    await expect(pollAll(source, undefined)).rejects.toThrow(/has expired \(AADSTS7000222\)/);
    await source.close();
    await late.stop();
  });

  test("says that the application is not known, or the tenant", async () => {
    const nobody = "00000000-0000-4000-8000-000000000001";
    const app = await failureWith({ clientId: nobody });
    expect(app).toBeInstanceOf(CredentialsRefused);
    expect(app.message).toMatch(/is not known in the tenant .* \(AADSTS700016\)/);
    const other = await failureWith({ tenantId: nobody });
    expect(other).toBeInstanceOf(CredentialsRefused);
    expect(other.message).toMatch(/there is no tenant 00000000.* \(AADSTS90002\)/);
  });

  test("is repeated when the service cannot answer, and given up for now when it never does", async () => {
    tenant.faults.push({ at: "login", path: /\/token\?/, how: { type: "status", status: 500 }, times: 2 });
    tenant.requests.clear();
    const source = sourceOn(tenant);
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    expect(tenant.requests.logins()).toBe(3);
    await source.close();
    tenant.faults.push({
      at: "login",
      how: { type: "answer", status: 500, body: "oops" },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await failureWith({});
    tenant.faults.length = 0;
    expect(error).toBeInstanceOf(TransientError);
  });

  test("waits for as long as the service says", async () => {
    const headers = { "Retry-After": "17", "Content-Type": "application/json" };
    tenant.faults.push({ at: "login", path: /\/token\?/, how: { type: "answer", status: 429, headers } });
    const clock = new FastClock();
    const source = sourceOn(tenant, { clock });
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    expect(new Set(clock.slept)).toEqual(new Set([17_000]));
    await source.close();
  });

  test("goes by certificate, and says when the certificate is not registered", async () => {
    const mine = { certificate: join(folder, "app.pem"), key: join(folder, "app.key") };
    await run("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=app", "-days", "90"],
      ...["-keyout", mine.key, "-out", mine.certificate],
    ]);
    const pem = readFileSync(mine.certificate, "utf8") + readFileSync(mine.key, "utf8");
    const file = secret(pem).file;
    const more = { clientSecret: undefined, certificate: { file } };
    expect((await failureWith(more)).message).toMatch(/certificate .* is not registered .*\(AADSTS700027\)/);
    tenant.trustCertificate(readFileSync(mine.certificate, "utf8"));
    const source = sourceOn(tenant, { more });
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    const findings = await source.probe(signal());
    expect(findings.find(({ check }) => check === "certificate")?.message).toMatch(
      /valid until .* \(89 days\)/,
    );
    await source.close();
    const broken = await failureWith({ clientSecret: undefined, certificate: secret("no certificate") });
    expect(broken).toBeInstanceOf(ConfigurationError);
    expect(broken.message).toMatch(/holds no certificate in PEM form/);
    const half = await failureWith({
      clientSecret: undefined,
      certificate: secret(readFileSync(mine.certificate, "utf8")),
    });
    expect(half.message).toMatch(/holds no private key/);
  });

  test("takes a new secret as soon as it lies there", async () => {
    const place = secret("old");
    const source = sourceOn(tenant, { more: { clientSecret: place } });
    await expect(pollAll(source, undefined)).rejects.toThrow(/is wrong/);
    writeFileSync(place.file, tenant.clientSecret);
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    await source.close();
  });

  test("does not reach a service whose authority nobody knows", async () => {
    const stranger = await startEntraTenant({ ownAuthority: true });
    const endpoints = { login: stranger.loginUrl, graph: stranger.graphUrl };
    const error = await failureWith({ endpoints, tenantId: stranger.tenantId });
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(
      /the certificate of localhost:\d+ is signed by an authority that is not known/,
    );
    const graph = await failureWith({ endpoints: { login: tenant.loginUrl, graph: stranger.graphUrl } });
    expect(graph).toBeInstanceOf(ConnectionError);
    await stranger.stop();
  });

  test("fails for now when nobody listens", async () => {
    const gone = await startEntraTenant();
    const endpoints = { login: gone.loginUrl, graph: gone.graphUrl };
    await gone.stop();
    const error = await failureWith({ endpoints });
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toMatch(/localhost:\d+ refuses connections/);
  });

  test("and every other question are asked again when there is no answer in time", async () => {
    const how = { type: "delay", ms: 60_000 } as const;
    tenant.faults.push({ at: "login", path: /\/token\?/, how }, { path: /^\/users/, how });
    const source = sourceOn(tenant, { more: { timeouts: { answer: "1s" } } });
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    expect(tenant.faults).toEqual([]);
    await source.close();
  });

  test("ends with an abort while the service is silent", async () => {
    const reason = new Error("stopped by the test");
    tenant.faults.push({ at: "login", path: /\/token\?/, how: { type: "delay", ms: 60_000 } });
    const controller = new AbortController();
    const source = sourceOn(tenant);
    const polling = pollAll(source, undefined, controller.signal);
    await expect.poll(() => tenant.requests.inFlight).toBeGreaterThan(0);
    controller.abort(reason);
    await expect(polling).rejects.toBe(reason);
    await source.close();
  });

  test.each([
    { type: "lose" },
    { type: "cut", bytes: 10 },
    { type: "status", status: 500 },
    { type: "answer", status: 400, body: "what?" },
  ] as const)("that fails by %j leaves the secret in no error, not even deep inside", async (how) => {
    const text = tenant.clientSecret;
    tenant.faults.push({ at: "login", path: /\/token\?/, how, times: Number.POSITIVE_INFINITY });
    const error = await failureWith({ clientSecret: secret(text) });
    tenant.faults.length = 0;
    const everything = inspect(error, { depth: 20, showHidden: true, maxStringLength: null });
    expect(everything).not.toContain(text);
    expect(everything).not.toContain(encodeURIComponent(text));
  });

  test("happens once for many requests at once", async () => {
    tenant.requests.clear();
    const source = sourceOn(tenant);
    await Promise.all(Array.from({ length: 8 }, () => source.find("user", "ann", signal())));
    expect(tenant.requests.logins()).toBe(1);
    await source.close();
  });
});
