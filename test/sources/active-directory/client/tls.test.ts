import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ConnectionError, TransientError } from "../../../../src/errors.ts";
import type { LdapDirectory } from "../../../stand-ins/ldap-directory.ts";
import { pollAll } from "../../fold.ts";
import { Certificates } from "../stand-in.ts";

describe("the way to a domain controller", () => {
  let certificates: Certificates;
  const running: LdapDirectory[] = [];

  beforeAll(async () => {
    certificates = await Certificates.create();
  });
  afterAll(() => certificates?.remove());
  afterEach(async () => {
    for (const directory of running.splice(0)) await directory.stop();
  });

  async function directory(options: Parameters<Certificates["directory"]>[0] = {}): Promise<LdapDirectory> {
    const one = await certificates.directory(options);
    one.objects.person("ann");
    running.push(one);
    return one;
  }

  describe.each([false, true])("with StartTLS %s", (startTls) => {
    test("reads over a connection whose certificate fits", async () => {
      const { changes } = await pollAll(certificates.source(await directory({ startTls })), undefined);
      expect(changes.length).toBeGreaterThan(0);
    });

    test("sends no password to a server with a certificate for another host", async () => {
      const other = await directory({ startTls, names: ["dc9.other.example"] });
      const polling = pollAll(certificates.source(other), undefined);
      await expect(polling).rejects.toThrow(/is for dc9\.other\.example, not for 127\.0\.0\.1/);
      await expect(polling).rejects.toBeInstanceOf(ConnectionError);
      expect(other.binds).toEqual([]);
    });

    test("takes the certificate of the name that serverName gives", async () => {
      const named = await directory({ startTls, names: ["dc1.stand.example"] });
      await pollAll(certificates.source(named, { serverName: "dc1.stand.example" }), undefined);
      expect(named.binds.length).toBeGreaterThan(0);
    });

    test("sends no password to a server whose authority is not trusted", async () => {
      const strangers = await Certificates.create();
      try {
        const stranger = await strangers.directory({ startTls });
        running.push(stranger);
        const polling = pollAll(certificates.source(stranger), undefined);
        await expect(polling).rejects.toThrow(
          /Rollcall lab CA.*not signed by an authority that is trusted here/,
        );
        await expect(polling).rejects.toBeInstanceOf(ConnectionError);
        expect(stranger.binds).toEqual([]);
      } finally {
        await strangers.remove();
      }
    });
  });

  test("no variable of the environment switches verification off", async () => {
    const other = await directory({ names: ["dc9.other.example"] });
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      await expect(pollAll(certificates.source(other), undefined)).rejects.toBeInstanceOf(ConnectionError);
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
    expect(other.binds).toEqual([]);
  });

  test("a server that refuses StartTLS is never spoken to in clear text", async () => {
    const plain = await directory({ startTls: true });
    plain.faults.startTlsRefused = true;
    await expect(pollAll(certificates.source(plain), undefined)).rejects.toThrow(/refuses StartTLS/);
    expect(plain.binds).toEqual([]);
  });

  test("the next domain controller is taken when one cannot be reached or trusted", async () => {
    const untrusted = await directory({ names: ["dc9.other.example"] });
    const good = await directory();
    const urls = ["ldaps://127.0.0.1:9", untrusted.url, good.url];
    const { cursor } = await pollAll(certificates.source(urls), undefined);
    expect(JSON.parse(cursor.text).url).toBe(good.url);
  });

  test("when none can be used, it may work later unless all need a person", async () => {
    const untrusted = await directory({ names: ["dc9.other.example"] });
    const mixed = pollAll(certificates.source(["ldaps://127.0.0.1:9", untrusted.url]), undefined);
    await expect(mixed).rejects.toBeInstanceOf(TransientError);
    const allBad = pollAll(certificates.source([untrusted.url, untrusted.url]), undefined);
    await expect(allBad).rejects.toBeInstanceOf(ConnectionError);
  });

  test("a server that takes the connection and says nothing is given up after the time-out", async () => {
    const mute: Server = createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = mute.address() as { port: number };
      const source = certificates.source([`ldaps://127.0.0.1:${port}`], { timeouts: { connect: "1s" } });
      await expect(pollAll(source, undefined)).rejects.toThrow(/did not answer within 1 s/);
    } finally {
      mute.close();
    }
  });

  test("a domain controller that has not finished its first replication is not read", async () => {
    const fresh = await directory();
    fresh.rules.isSynchronized = false;
    await expect(pollAll(certificates.source(fresh), undefined)).rejects.toThrow(/first replication/);
  });
});
