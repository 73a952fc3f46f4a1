import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Caller, openOrganisation } from "./okta/caller.ts";
import { createTls, type Tls } from "./okta/okta-organisation.ts";
import { hashOf, Signer } from "./okta/signer.ts";

describe("who comes into the Okta stand-in", () => {
  let tls: Tls;
  let caller: Caller;
  const dayMs = 86_400_000;
  const users = "/api/v1/users";
  const token = "/oauth2/v1/token";

  beforeAll(async () => {
    tls = await createTls();
  });
  beforeEach(async () => {
    caller = await openOrganisation({ tls });
  });
  afterEach(async () => {
    await caller.close();
  });

  const url = (path: string): string => `${caller.okta.url}${path}`;
  const as = async (authorization: string, path = users, headers = {}) => {
    const reply = await caller.get(path, { authorization, ...headers });
    return [reply.status, reply.body.errorCode];
  };

  /** The form of a client that does everything right, unless told otherwise. */
  function form(claims: Readonly<Record<string, unknown>> = {}, signer = new Signer(caller.okta.privateKey)) {
    const { clientId, keyId } = caller.okta;
    const exp = Math.floor(Date.now() / 1000) + 300;
    const right = { iss: clientId, sub: clientId, aud: url(token), exp, jti: randomUUID() };
    return {
      grant_type: "client_credentials",
      scope: "okta.users.read okta.groups.read",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: signer.token({ kid: keyId }, { ...right, ...claims }),
    };
  }

  /** Goes through the whole dance; the access token is bound to the signer's key. */
  async function boundToken(signer: Signer): Promise<string> {
    const first = await caller.post(token, form(), { dpop: signer.proof("POST", url(token)) });
    const nonce = first.headers.get("dpop-nonce");
    const { body } = await caller.post(token, form(), { dpop: signer.proof("POST", url(token), { nonce }) });
    return body.access_token;
  }

  test("an API token opens what its maker may read, and nothing else", async () => {
    expect(await as(`SSWS ${caller.okta.token}`)).toEqual([200, undefined]);
    for (const wrong of ["SSWS wrong", "", `Bearer ${caller.okta.token}`, "Basic YTpi", caller.okta.token])
      expect(await as(wrong), wrong).toEqual([401, "E0000011"]);
    caller.okta.access.grants.tokenRights = ["okta.users.read"];
    const ssws = `SSWS ${caller.okta.token}`;
    expect(await as(ssws)).toEqual([200, undefined]);
    for (const closed of ["/api/v1/groups", "/api/v1/apps", "/api/v1/logs", "/api/v1/org", "/api/v1/nothing"])
      expect(await as(ssws, closed), closed).toEqual([403, "E0000006"]);
  });

  test("an API token dies after 30 days without use, and with its account", async () => {
    const ssws = `SSWS ${caller.okta.token}`;
    caller.goOn(29 * dayMs);
    expect((await as(ssws))[0]).toBe(200);
    caller.goOn(30 * dayMs);
    expect((await as(ssws))[0]).toBe(200);
    caller.goOn(30 * dayMs + 1);
    expect(await as(ssws)).toEqual([401, "E0000011"]);
    const other = await openOrganisation({ tls });
    other.okta.access.revokeToken();
    expect((await other.get(users)).status).toBe(401);
    await other.close();
  });

  test("another authority's clients do not connect", async () => {
    await expect(fetch(url(users))).rejects.toThrow();
  });

  test("without DPoP a signed assertion gets a bearer token for an hour, for its scopes", async () => {
    caller.okta.access.grants.dpop = false;
    const { status, body } = await caller.post(token, form());
    expect([status, body]).toEqual([
      200,
      {
        token_type: "Bearer",
        expires_in: 3600,
        access_token: expect.any(String),
        scope: "okta.users.read okta.groups.read",
      },
    ]);
    const bearer = `Bearer ${body.access_token}`;
    expect(await as(bearer)).toEqual([200, undefined]);
    expect(await as(bearer, "/api/v1/logs")).toEqual([403, "E0000006"]);
    const { headers } = await caller.get("/api/v1/logs", { authorization: bearer });
    expect(headers.get("www-authenticate")).toContain('scope="okta.logs.read"');
    expect((await as(`DPoP ${body.access_token}`))[0]).toBe(401);
    caller.okta.access.grants.role = false;
    expect(await as(bearer)).toEqual([403, "E0000006"]);
    caller.okta.access.grants.role = true;
    caller.goOn(3_600_000);
    expect(await as(bearer)).toEqual([401, "E0000011"]);
    const again = (await caller.post(token, form())).body.access_token;
    expect((await as(`Bearer ${again}`))[0]).toBe(200);
    caller.okta.access.revokeAccessTokens();
    expect((await as(`Bearer ${again}`))[0]).toBe(401);
  });

  test("an assertion that is wrong in any way gets nothing", async () => {
    caller.okta.access.grants.dpop = false;
    const now = Math.floor(Date.now() / 1000);
    const used = form();
    expect((await caller.post(token, used)).status).toBe(200);
    const wrong: readonly (readonly [Readonly<Record<string, string>>, number, string])[] = [
      [used, 401, "invalid_client"],
      [form({ aud: url("/oauth2/default/v1/token") }), 401, "invalid_client"],
      [form({ iss: "somebody" }), 401, "invalid_client"],
      [form({ sub: "somebody" }), 401, "invalid_client"],
      [form({ exp: now - 1 }), 401, "invalid_client"],
      [form({ exp: now + 3700 }), 401, "invalid_client"],
      [form({ exp: undefined }), 401, "invalid_client"],
      [form({}, new Signer()), 401, "invalid_client"],
      [{ ...form(), client_assertion: "a.b" }, 401, "invalid_client"],
      [{ ...form(), client_assertion_type: "basic" }, 401, "invalid_client"],
      [{ ...form(), grant_type: "password" }, 400, "unsupported_grant_type"],
      [{ ...form(), scope: "okta.users.read okta.users.manage" }, 400, "invalid_scope"],
      [{ ...form(), scope: "" }, 400, "invalid_scope"],
    ];
    for (const [fields, status, error] of wrong) {
      const reply = await caller.post(token, fields);
      expect([reply.status, reply.body.error], JSON.stringify(reply.body)).toEqual([status, error]);
    }
    const json = await caller.post(token, form(), { "content-type": "application/json" });
    expect(json.body.error).toBe("invalid_request");
    expect((await caller.get(token)).status).toBe(405);
  });

  test("a token with DPoP takes two calls: the first is given the nonce for the second", async () => {
    const signer = new Signer();
    const first = await caller.post(token, form(), { dpop: signer.proof("POST", url(token)) });
    expect([first.status, first.body]).toEqual([400, published("token-400-use-dpop-nonce")]);
    const nonce = first.headers.get("dpop-nonce");
    const proof = signer.proof("POST", url(token), { nonce });
    const second = await caller.post(token, form(), { dpop: proof });
    expect([second.status, second.body.token_type]).toEqual([200, "DPoP"]);
    const answered = published("token-200-dpop") as object;
    expect(Object.keys(second.body).sort()).toEqual(Object.keys(answered).sort());
    const headers = published("token-200-dpop.headers") as object;
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect([...second.headers.keys()]).toEqual(expect.arrayContaining(names));
    const replayed = await caller.post(token, form(), { dpop: proof });
    expect(replayed.body.error).toBe("invalid_dpop_proof");
    caller.okta.access.proofs.renewNonce();
    const old = await caller.post(token, form(), { dpop: signer.proof("POST", url(token), { nonce }) });
    expect(old.body.error).toBe("use_dpop_nonce");
    expect(old.headers.get("dpop-nonce")).not.toBe(nonce);
    expect((await caller.post(token, form())).body.error).toBe("invalid_dpop_proof");
  });

  test("a proof that is wrong in any way gets no token", async () => {
    const signer = new Signer();
    const { nonce } = caller.okta.access.proofs;
    const now = Math.floor(Date.now() / 1000);
    const proof = (claims = {}, header = {}) =>
      signer.proof("POST", url(token), { nonce, ...claims }, header);
    const wrong = [
      proof({ htm: "GET" }),
      proof({ htu: url("/oauth2/v1/tokens") }),
      proof({ iat: now - 600 }),
      proof({ iat: undefined }),
      proof({ jti: undefined }),
      proof({}, { typ: "JWT" }),
      proof({}, { jwk: new Signer().jwk() }),
      proof({}, { jwk: signer.jwk(true) }),
      proof({}, { jwk: undefined }),
      proof({}, { alg: "none" }),
      "nonsense",
    ];
    for (const dpop of wrong) {
      const reply = await caller.post(token, form(), { dpop });
      expect([reply.status, reply.body.error], dpop).toEqual([400, "invalid_dpop_proof"]);
    }
    expect((await caller.post(token, form(), { dpop: proof() })).status).toBe(200);
  });

  test("a bound token opens the door only with a proof of its key for this very request", async () => {
    const signer = new Signer(caller.okta.privateKey);
    const bound = await boundToken(signer);
    const ath = hashOf(bound);
    const dpop = (proof: string, scheme = "DPoP") =>
      as(`${scheme} ${bound}`, `${users}?limit=5`, { dpop: proof });
    const right = signer.proof("GET", url(users), { ath });
    expect(await dpop(right)).toEqual([200, undefined]);
    const refused: readonly (readonly [string, string?])[] = [
      [right],
      [signer.proof("GET", url(users), { ath }), "Bearer"],
      [signer.proof("GET", url(users))],
      [signer.proof("GET", url(users), { ath: hashOf("other") })],
      [signer.proof("GET", url(`${users}?limit=5`), { ath })],
      [signer.proof("POST", url(users), { ath })],
      [new Signer().proof("GET", url(users), { ath })],
      ["nonsense"],
    ];
    for (const [proof, scheme] of refused)
      expect(await dpop(proof, scheme), proof).toEqual([401, "E0000011"]);
    expect(await as(`DPoP ${bound}`)).toEqual([401, "E0000011"]);
  });

  test("the organisation tells who it is, to some without asking who they are", async () => {
    const { body } = await caller.get("/api/v1/org");
    const open = await caller.get("/.well-known/okta-organization", { authorization: "" });
    expect([open.status, open.body.id]).toEqual([200, body.id]);
    expect(open.body._links["organization"]?.href).toBe(caller.okta.url);
  });
});

function published(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./okta/samples/${name}.json`, import.meta.url), "utf8"));
}
