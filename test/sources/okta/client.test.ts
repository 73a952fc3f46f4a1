import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/commands/system-clock.ts";
import {
  ConfigurationError,
  ConnectionError,
  CredentialsRefused,
  TransientError,
} from "../../../src/errors.ts";
import type { OktaOrganisation } from "../../../src/sources/okta/organisation.ts";
import { type Asked, type Scripted, ScriptedServer } from "./scripted-server.ts";
import { type SourceOptions, SteppingClock, secret, sourceOn } from "./source-on.ts";

const id = "00u1dnq5S0CfjlkpABCD";
const ann = {
  id,
  status: "ACTIVE",
  lastUpdated: "2026-01-01T00:00:00.000Z",
  profile: { login: "ann@example.com" },
};
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("the way to an Okta organisation", () => {
  let server: ScriptedServer;
  const open: OktaOrganisation[] = [];
  const signal = () => AbortSignal.timeout(15_000);

  beforeAll(async () => {
    server = await ScriptedServer.start();
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close();
  });

  function source(options: SourceOptions = {}): OktaOrganisation {
    const one = sourceOn(server, options);
    open.push(one);
    return one;
  }
  const application = (more: Readonly<Record<string, unknown>> = {}): SourceOptions => ({
    more: { clientId: "0oaClient", privateKey: secret(pem), keyId: "kid1", ...more },
  });
  const read = (one: OktaOrganisation, stop = signal()) => one.read("user", id, stop);
  const reason = async (promise: Promise<unknown>): Promise<Error & { hint?: string }> => {
    try {
      await promise;
    } catch (error) {
      return error as Error;
    }
    throw new Error("it did not fail");
  };

  describe("with an API token", () => {
    test("sends the token as SSWS and asks for no credentials of people", async () => {
      server.script(() => ({ body: ann }));
      await read(source({ token: "00secret" }));
      expect(server.asked[0]?.headers).toMatchObject({
        authorization: "SSWS 00secret",
        "content-type": "application/json; okta-response=omitCredentials,omitCredentialsLinks",
      });
    });

    test("asks again each time: no answer is kept", async () => {
      server.script(() => ({ body: ann }));
      const one = source();
      await read(one);
      await read(one);
      expect(server.asked).toHaveLength(2);
    });

    test("a refused token is a refused login, and is tried once", async () => {
      const body = { errorCode: "E0000011", errorSummary: "Invalid token provided" };
      server.script(() => ({ status: 401, body }));
      const error = await reason(read(source({ token: "00secret" })));
      expect(error).toBeInstanceOf(CredentialsRefused);
      expect(error.message).toMatch(/refuses the login \(E0000011\)/);
      expect(JSON.stringify([error.message, error.hint])).not.toContain("00secret");
      expect(server.asked).toHaveLength(1);
    });

    test("settings of Okta's own tools are not read", async () => {
      const home = await mkdtemp(join(tmpdir(), "rollcall-home-"));
      await writeFile(
        join(home, "okta.yaml"),
        "okta: { client: { token: stolen, orgUrl: https://evil.example } }",
      );
      const before = { ...process.env };
      const folder = process.cwd();
      Object.assign(process.env, {
        HOME: home,
        OKTA_CLIENT_TOKEN: "stolen",
        OKTA_CLIENT_ORGURL: "https://evil.example",
      });
      process.chdir(home);
      try {
        server.script(() => ({ body: ann }));
        await read(source({ token: "00mine" }));
        expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(["SSWS 00mine"]);
      } finally {
        process.chdir(folder);
        process.env = before;
        await rm(home, { recursive: true });
      }
    });
  });

  describe("with a private key", () => {
    const token = (more: object = {}): Scripted => ({
      body: { token_type: "Bearer", expires_in: 3600, access_token: "at1", scope: "", ...more },
    });
    const script = (
      onToken: (asked: Asked) => Scripted,
      onApi: (asked: Asked) => Scripted = () => ({ body: ann }),
    ) => server.script((asked) => (asked.path === "/oauth2/v1/token" ? onToken(asked) : onApi(asked)));
    const tokenRequests = () => server.asked.filter(({ path }) => path === "/oauth2/v1/token");

    test("asks for a token with a signed assertion and read-only scopes, once for many requests", async () => {
      script(() => token());
      const one = source(application());
      await Promise.all([read(one), read(one), read(one)]);
      expect(tokenRequests()).toHaveLength(1);
      const form = new URLSearchParams(tokenRequests()[0]?.body);
      expect(form.get("grant_type")).toBe("client_credentials");
      expect(form.get("scope")).toBe("okta.users.read okta.groups.read okta.logs.read");
      expect(decoded(form.get("client_assertion") ?? "", 0)).toMatchObject({ alg: "RS256", kid: "kid1" });
      const claims = decoded(form.get("client_assertion") ?? "", 1);
      expect(claims).toMatchObject({
        iss: "0oaClient",
        sub: "0oaClient",
        aud: `${server.origin}/oauth2/v1/token`,
      });
      expect(server.asked.at(-1)?.headers.authorization).toBe("Bearer at1");
    });

    test("proves possession of the key where the organisation wants it", async () => {
      script(({ headers }) => {
        const proof = decoded(String(headers["dpop"]), 1);
        if (proof["nonce"] === "n1") return token({ token_type: "DPoP" });
        return { status: 400, headers: { "dpop-nonce": "n1" }, body: { error: "use_dpop_nonce" } };
      });
      await read(source(application({ dpop: true })));
      const asked = server.asked.at(-1);
      expect(asked?.headers.authorization).toBe("DPoP at1");
      expect(decoded(String(asked?.headers["dpop"]), 1)).toMatchObject({
        htm: "GET",
        htu: `${server.origin}/api/v1/users/${id}`,
        ath: expect.any(String),
      });
    });

    test("an organisation that asks for another nonce for ever ends in a sentence", async () => {
      script(() => ({ status: 400, headers: { "dpop-nonce": "n" }, body: { error: "use_dpop_nonce" } }));
      await expect(read(source(application()))).rejects.toThrow(/gives no token \(use_dpop_nonce/);
    });

    test("dpop: true takes no bearer token", async () => {
      script(() => token());
      await expect(read(source(application({ dpop: true })))).rejects.toThrow(/not bound to the key/);
    });

    test.each([
      ["invalid_client", 401, "check clientId"],
      ["unauthorized_client", 400, "API Services"],
    ])("the reason why there is no token is told: %s", async (error, status, hint) => {
      script(() => ({ status, body: { error, error_description: "The client is wrong." } }));
      const found = await reason(read(source(application())));
      expect(found).toBeInstanceOf(CredentialsRefused);
      expect(found.message).toContain(`${error}: The client is wrong.`);
      expect(found.hint).toContain(hint);
      expect(server.asked.filter(({ path }) => path.startsWith("/api"))).toEqual([]);
    });

    test("a token endpoint that fails is tried again and then left for later", async () => {
      script(() => ({ status: 500, body: "oops" }));
      const clock = new SteppingClock();
      const error = await reason(read(source({ ...application(), clock })));
      expect(error).toBeInstanceOf(TransientError);
      expect(error.message).toMatch(/failed \(500\)/);
      expect(clock.slept).toEqual([1000, 2000, 4000, 8000]);
    });

    test("a token is renewed before it ends, and when it is refused", async () => {
      let given = 0;
      script(
        () => token({ access_token: `at${++given}` }),
        ({ headers }) => (headers.authorization === "Bearer at2" ? { status: 401, body: {} } : { body: ann }),
      );
      const clock = new SteppingClock();
      const one = source({ ...application(), clock });
      await read(one);
      await clock.sleep(56 * 60_000, signal());
      await read(one);
      expect(given).toBe(3);
      expect(server.asked.at(-1)?.headers.authorization).toBe("Bearer at3");
    });

    test.each([
      [
        "an elliptic key",
        generateKeyPairSync("ec", { namedCurve: "P-256" })
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
        /expected an RSA key, got one of type ec/,
      ],
      ["no key at all", "hello", /no private key in PEM or JWK form/],
    ])("%s is refused before anything is sent", async (_, text, message) => {
      script(() => token());
      const error = await reason(read(source(application({ privateKey: secret(text) }))));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toMatch(message);
      expect(server.asked).toEqual([]);
    });

    test("a key in JWK form with its id works as well", async () => {
      const jwk = { ...rsa.privateKey.export({ format: "jwk" }), kid: "from-jwk" };
      script(() => token());
      await read(source({ more: { clientId: "c", privateKey: secret(JSON.stringify(jwk)) } }));
      const form = new URLSearchParams(tokenRequests()[0]?.body);
      expect(decoded(form.get("client_assertion") ?? "", 0)).toMatchObject({ kid: "from-jwk" });
    });
  });

  describe("when it is asked too much", () => {
    const limited = (headers: Readonly<Record<string, string>>, times = 1) => {
      let left = times;
      server.script(() =>
        left-- > 0 ? { status: 429, headers, body: { errorCode: "E0000047" } } : { body: ann },
      );
    };
    const date = "Thu, 11 Sep 2025 16:21:50 GMT";
    const reset = String(Date.parse(date) / 1000 + 8);

    test("waits until the counters start again, by the server's clock", async () => {
      limited({
        date,
        "x-rate-limit-limit": "10",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": reset,
      });
      const clock = new SteppingClock();
      await read(source({ clock }));
      expect(clock.slept[0]).toBe(9000);
    });

    test("waits as long as Retry-After says, also in fractions", async () => {
      limited({ "retry-after": "2.5" });
      const clock = new SteppingClock();
      await read(source({ clock }));
      expect(clock.slept).toEqual([2500]);
    });

    test("too many at once is waited out in growing steps", async () => {
      limited(
        { date, "x-rate-limit-limit": "0", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset },
        3,
      );
      const clock = new SteppingClock();
      await read(source({ clock }));
      expect(clock.slept).toEqual([1000, 2000, 4000]);
    });

    test("gives up in the end, and at once when the wait is long", async () => {
      limited({}, 1000);
      expect(await reason(read(source()))).toBeInstanceOf(TransientError);
      expect(server.asked).toHaveLength(10);
      limited({ "retry-after": "3600" });
      expect(await reason(read(source()))).toMatchObject({ retryAfterMs: 3_600_000 });
    });

    test("an abort ends the wait at once with its reason", async () => {
      limited({ "retry-after": "200" });
      const controller = new AbortController();
      const stopped = new Error("stopped by the test");
      const reading = read(source({ clock: systemClock }), controller.signal);
      while (server.asked.length === 0) await new Promise(setImmediate);
      setTimeout(() => controller.abort(stopped), 50);
      await expect(reading).rejects.toBe(stopped);
    });

    test("half of our share goes at once, the rest is spread, and the share of others is left alone", async () => {
      let remaining = 100;
      const now = Math.floor(Date.now() / 1000);
      server.script(() => ({
        headers: {
          date: new Date(now * 1000).toUTCString(),
          "x-rate-limit-limit": "100",
          "x-rate-limit-remaining": String(--remaining),
          "x-rate-limit-reset": String(now + 60),
        },
        body: ann,
      }));
      const clock = new SteppingClock();
      const one = source({ clock, more: { rateShare: "20%" } });
      for (let count = 0; count < 10; count++) await read(one);
      expect(clock.slept).toEqual([]);
      while (remaining > 80) await read(one);
      expect(clock.slept.length).toBeGreaterThan(5);
      expect(Math.min(...clock.slept)).toBeGreaterThan(5000);
      await read(one);
      expect(clock.slept.at(-1)).toBeGreaterThan(60_000);
    });
  });

  describe("when answers are not as they should be", () => {
    test("a failing server is asked again", async () => {
      let left = 2;
      server.script(() => (left-- > 0 ? { status: 503, body: "<html>" } : { body: ann }));
      const clock = new SteppingClock();
      await read(source({ clock }));
      expect(clock.slept).toEqual([1000, 2000]);
    });

    test("an answer that is cut is asked for again", async () => {
      let left = 1;
      server.script(() => ({ body: ann, ...(left-- > 0 && { how: "cut" as const }) }));
      expect(await read(source())).toMatchObject([{ type: "present", id }]);
    });

    test("a silent server is given up after the time-out", async () => {
      server.script(() => ({ how: "never" }));
      await expect(read(source({ more: { timeout: "1s" } }))).rejects.toThrow(/did not answer in time/);
      expect(server.asked.length).toBe(5);
    });

    test.each([
      ["a web page with 200", { body: "<html>welcome" }, TransientError, /something else than JSON/],
      [
        "a redirect",
        { status: 302, headers: { location: "https://evil.example/" }, body: "" },
        ConnectionError,
        /sends us elsewhere \(302\)/,
      ],
      ["somebody without id", { body: { status: "ACTIVE" } }, ConnectionError, /a user that is none \(id\)/],
      [
        "a missing right",
        { status: 403, body: { errorCode: "E0000006" } },
        ConnectionError,
        /does not let the account do this/,
      ],
    ] as const)("%s ends in a sentence", async (_, answer, family, message) => {
      server.script(() => answer as Scripted);
      const error = await reason(read(source()));
      expect(error).toBeInstanceOf(family);
      expect(error.message).toMatch(message);
      expect(server.asked.length).toBe(1);
    });

    test("a 404 of anything but an object is no proof that somebody is gone", async () => {
      server.script(() => ({ status: 404, body: "no such page" }));
      await expect(read(source())).rejects.toThrow(/answered 404/);
    });

    test("a 404 of a gateway in the midst of a group's members does not make the group go away", async () => {
      const group = { id: "00g1", type: "OKTA_GROUP", profile: { name: "team" } };
      server.script(({ path }) => (path.endsWith("/users") ? { status: 404, body: "no" } : { body: group }));
      await expect(source().read("group", "00g1", signal())).rejects.toThrow(/answered 404/);
    });

    test("a certificate of an unknown authority stops the connection before the token is sent", async () => {
      const stranger = await ScriptedServer.start();
      try {
        const one = sourceOn({ origin: stranger.origin, ca: server.ca });
        const error = await reason(read(one));
        expect(error).toBeInstanceOf(ConnectionError);
        expect(error.message).toMatch(/signed by an authority that is not known here/);
        expect(stranger.asked).toEqual([]);
        await one.close();
      } finally {
        await stranger.stop();
      }
    });

    test("a certificate for another host stops the connection", async () => {
      const other = await ScriptedServer.start(["other.example"]);
      try {
        const one = sourceOn(other);
        await expect(read(one)).rejects.toThrow(/is for another host/);
        await one.close();
      } finally {
        await other.stop();
      }
    });
  });

  describe("page by page", () => {
    const link = (path: string) => [`<${server.origin}/self>; rel="self"`, `<${path}>; rel="next"`];
    const assigned = async (one: OktaOrganisation) => {
      return await one.assigned({ app: "0oa1" }, signal());
    };

    test("follows next links in two header lines, through an empty page", async () => {
      server.script(({ query }) => {
        const after = query.get("after") ?? "0";
        if (after === "2") return { body: [{ id: "c" }] };
        const next = link(`${server.origin}/api/v1/apps/0oa1/users?after=${Number(after) + 1}`);
        return {
          headers: { link: next },
          body: after === "1" ? [] : [{ id: "a" }, { id: "b", status: "DEPROVISIONED" }],
        };
      });
      expect(await assigned(source())).toEqual(["a", "c"]);
      expect(server.asked[1]?.url).toBe("/api/v1/apps/0oa1/users?after=1");
    });

    test("sends the token to no other host, whatever a link says", async () => {
      server.script(() => ({ headers: { link: link("https://evil.example/api") }, body: [] }));
      await expect(assigned(source())).rejects.toThrow(/another address than its own/);
      expect(server.asked).toHaveLength(1);
    });

    test("a link that leads to itself for ever ends in a sentence", async () => {
      server.script(({ url }) => ({ headers: { link: link(`${server.origin}${url}`) }, body: [] }));
      await expect(assigned(source())).rejects.toThrow(/leads in a circle/);
    });

    test("an application that does not exist is named", async () => {
      server.script(() => ({ status: 404, body: { errorCode: "E0000007" } }));
      await expect(assigned(source())).rejects.toThrow(/there is no application 0oa1/);
    });
  });
});

function decoded(jwt: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[part] ?? "", "base64url").toString());
}
