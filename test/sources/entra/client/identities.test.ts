import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { pollAll } from "../../fold.ts";
import { sourceOn } from "../entra-world.ts";

let tenant: EntraTenant;
let folder: string;

beforeEach(async () => {
  tenant = await startEntraTenant();
  tenant.createUser();
  folder = mkdtempSync(join(tmpdir(), "rollcall-identities-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await tenant.stop();
});

test("a workload logs in with the token that its cluster gave it, and says when there is none", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [issuer, subject] = ["https://cluster.example", "system:serviceaccount:rollcall:rollcall"];
  tenant.trustFederated({
    issuer,
    subject,
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  });
  const seconds = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: issuer, sub: subject, aud: "api://AzureADTokenExchange" };
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...claims, iat: seconds, nbf: seconds, exp: seconds + 600 })}`;
  const file = join(folder, "token");
  writeFileSync(file, `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`);
  vi.stubEnv("AZURE_FEDERATED_TOKEN_FILE", file);
  const more = { clientSecret: undefined, workloadIdentity: true };
  const source = sourceOn(tenant, { more });
  expect((await pollAll(source, undefined)).changes).toHaveLength(1);
  tenant.revoke(["Application.Read.All"]);
  const findings = await source.probe(AbortSignal.timeout(10_000));
  expect(findings.map(({ message }) => message).filter((message) => /secret/.test(message))).toEqual([]);
  await source.close();
  vi.stubEnv("AZURE_FEDERATED_TOKEN_FILE", join(folder, "nothing"));
  const without = sourceOn(tenant, { more });
  await expect(pollAll(without, undefined)).rejects.toThrow(
    /federated token of this workload cannot be read/,
  );
  await without.close();
});

test("an Azure machine logs in as its managed identity", async () => {
  const asked: string[] = [];
  const metadata = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("Content-Type", "application/json");
    // The metadata service gives the token of Entra ID with times as text.
    const token = JSON.parse(tenant.issueToken(tenant.graphUrl));
    const expires_on = String(Math.floor(Date.now() / 1000) + 3_599);
    response.end(JSON.stringify({ ...token, expires_in: "3599", expires_on, resource: tenant.graphUrl }));
  });
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  const { port } = metadata.address() as AddressInfo;
  vi.stubEnv("AZURE_POD_IDENTITY_AUTHORITY_HOST", `http://127.0.0.1:${port}`);
  const more = { clientSecret: undefined, clientId: undefined, managedIdentity: true };
  const source = sourceOn(tenant, { more });
  try {
    expect((await pollAll(source, undefined)).changes).toHaveLength(1);
    expect(asked.at(-1)).toContain(encodeURIComponent(tenant.graphUrl));
  } finally {
    await source.close();
    metadata.closeAllConnections();
    await new Promise((resolve) => metadata.close(resolve));
  }
});
