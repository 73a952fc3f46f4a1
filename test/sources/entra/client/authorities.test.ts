/** Whom the connections to Graph and the login service believe, besides the file of the configuration. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { ConnectionError } from "../../../../src/errors.ts";
import { UnknownAuthority } from "../../../../src/sources/entra/client/network-failure.ts";
import { Trust } from "../../../../src/sources/entra/client/trust.ts";
import { Wire } from "../../../../src/sources/entra/client/wire.ts";
import { startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { sourceOn } from "../entra-world.ts";

const folder = mkdtempSync(join(tmpdir(), "rollcall-authorities-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signal = () => AbortSignal.timeout(10_000);

test("an authority that the operating system alone knows is believed", async () => {
  const tenant = await startEntraTenant();
  const withoutFile = { more: { ca: undefined } };
  const ann = tenant.createUser({ displayName: "Ann" });
  const trust = new Trust(undefined);
  const narrow = trust.context;
  // Read when it is first wanted, and once.
  process.env["SSL_CERT_DIR"] = folder;
  process.env["SSL_CERT_FILE"] = tenant.caFile;
  try {
    // Both find that out at once.
    const wire = new Wire({ trust, connectTimeoutMs: 5_000, answerTimeoutMs: 5_000 });
    const request = { url: `${tenant.graphUrl}/v1.0/users`, headers: {} };
    const both = await Promise.all([1, 2].map(() => wire.send(request, signal())));
    expect(both.map(({ response }) => response.status)).toEqual([401, 401]);
    await wire.close();

    const source = sourceOn(tenant, withoutFile);
    expect(await source.read("user", ann, signal())).toHaveLength(1);
    await source.close();
    expect(getCACertificates("system")).toHaveLength(1);

    // A connection from before that is made once more; one that believes them already is not.
    const unknown = new UnknownAuthority("signed by nobody");
    expect(trust.widened(unknown, narrow)).toBe(true);
    expect(trust.widened(unknown, trust.context)).toBe(false);
    expect(trust.widened(new ConnectionError("something else"), narrow)).toBe(false);
  } finally {
    await tenant.stop();
  }
});
