import { createPrivateKey } from "node:crypto";
import { createRequire } from "node:module";
import type { Clock } from "../../../clock.ts";
import { ConfigurationError, ConnectionError } from "../../../errors.ts";
import type { Secret, SecretReference } from "../../../secret.ts";
import { type Refusals, SecretInUse } from "../../../secret-in-use.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { Refused } from "./refused.ts";
import { checkScopes, SCOPES } from "./scopes.ts";

export interface LoginSettings {
  readonly orgUrl: string;
  readonly token?: SecretReference | undefined;
  readonly clientId?: string | undefined;
  readonly privateKey?: SecretReference | undefined;
  readonly keyId?: string | undefined;
  readonly dpop: boolean;
}

/** The part of Okta's own client that logs in. Its other half (collections, cache, settings files) is not loaded at all. */
interface OktaHttp {
  readonly defaultHeaders: Record<string, unknown>;
  http(url: string, request: SdkRequest): Promise<Response>;
}
interface OktaOAuth {
  accessToken: unknown;
  isDPoP: boolean;
  getAccessToken(): Promise<unknown>;
  clearCachedAccessToken(): void;
}
interface SdkRequest {
  url?: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}
interface Executor {
  fetch(request: SdkRequest): Promise<Response>;
}
type HttpClass = new (config: {
  requestExecutor: Executor;
  oauth?: OktaOAuth;
  cacheMiddleware: null;
}) => OktaHttp;
/** Read by Okta's client for each token. */
interface TokenTerms {
  readonly baseUrl: string;
  readonly clientId: string;
  scopes: readonly string[];
  privateKey: string;
  readonly keyId: string;
  readonly requestExecutor: Executor;
}
type OAuthClass = new (terms: TokenTerms) => OktaOAuth;

const TOKEN_PATH = "/oauth2/v1/token";
/** Renewed so long before its end (RFC 6749 `expires_in`) that no request starts with a token about to end. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Sends requests as the account that the settings name: by API token, or by tokens that a private key asks for, with DPoP where the organisation wants it. */
export class Login {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #dpop: boolean;
  readonly #http: OktaHttp;
  readonly #oauth: OktaOAuth | undefined;
  readonly #terms: TokenTerms | undefined;
  /** The API token, or the key that asks for tokens. */
  readonly #secret: SecretInUse;
  readonly #closing = new AbortController();
  readonly #origin: string;
  #renewAt = Number.POSITIVE_INFINITY;
  #nonces = 0;
  #pending: Promise<unknown> | undefined;

  /** `place`: where the settings stand in the configuration, for messages. */
  constructor(settings: LoginSettings, exchange: Exchange, clock: Clock, place: string, refusals?: Refusals) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#dpop = settings.dpop;
    this.#origin = settings.orgUrl;
    const require = createRequire(import.meta.url);
    const { Http } = require("@okta/okta-sdk-nodejs/src/http.js") as { readonly Http: HttpClass };
    const requestExecutor: Executor = { fetch: (request) => this.#fetch(request) };
    const { token, clientId, privateKey } = settings;
    if (token !== undefined) {
      this.#http = new Http({ requestExecutor, cacheMiddleware: null });
      this.#secret = new SecretInUse(token, { place: `${place}.token`, clock, refusals });
      void this.#secret.value;
      return;
    }
    if (clientId === undefined || privateKey === undefined)
      throw new ConfigurationError("expected either token, or clientId and privateKey");
    const { OAuth } = require("@okta/okta-sdk-nodejs/src/oauth.js") as { readonly OAuth: OAuthClass };
    const use = { place: `${place}.privateKey`, clock, refusals, check: checkKey };
    this.#secret = new SecretInUse(privateKey, use);
    this.#terms = {
      baseUrl: settings.orgUrl,
      clientId,
      scopes: SCOPES,
      privateKey: this.#secret.value.reveal(),
      keyId: settings.keyId ?? "",
      requestExecutor,
    };
    this.#oauth = new OAuth(this.#terms);
    this.#http = new Http({ requestExecutor, oauth: this.#oauth, cacheMiddleware: null });
  }

  /** True once the organisation bound our token to the key. */
  get isBound(): boolean {
    return this.#oauth?.isDPoP === true;
  }

  /** Throws Refused for any status outside 200 to 299, a family of ours when there is no answer, and the signal's reason. */
  async get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    await this.#token(signal);
    for (;;) {
      const secret = this.#oauth === undefined ? this.#secret.value : undefined;
      try {
        const login = secret && { Authorization: `SSWS ${secret.reveal().trim()}` };
        const request = { method: "GET", headers: { ...headers, ...login }, signal };
        const response = await this.#http.http(url, request);
        if (secret !== undefined) this.#secret.accepted(secret);
        return { status: response.status, headers: response.headers, text: await response.text() };
      } catch (error) {
        if (secret === undefined || !isInvalidToken(error) || !this.#secret.refused(secret)) throw error;
      }
    }
  }

  /** From now on this scope is asked for too. */
  want(scope: string): void {
    const terms = this.#terms;
    if (terms === undefined || terms.scopes.includes(scope)) return;
    terms.scopes = [...terms.scopes, scope];
    this.#oauth?.clearCachedAccessToken();
  }

  close(): void {
    this.#closing.abort(new ConnectionError("the source was closed"));
  }

  /** One request for a token however many wait for it; whoever is told to stop waits no longer. */
  async #token(signal: AbortSignal): Promise<void> {
    const oauth = this.#oauth;
    if (oauth === undefined) return;
    if (this.#clock.now() >= this.#renewAt) {
      oauth.clearCachedAccessToken();
      this.#renewAt = Number.POSITIVE_INFINITY;
    }
    if (oauth.accessToken) return;
    this.#pending ??= this.#newToken().finally(() => {
      this.#pending = undefined;
    });
    await untilAborted(this.#pending, signal);
    if (this.#dpop && !this.isBound)
      throw new ConnectionError(
        "Okta gave a token that is not bound to the key, and dpop: true insists on it",
        {
          hint: 'in the Admin Console, tick "Require Demonstrating Proof of Possession (DPoP) header in token requests" of the application, or remove dpop',
        },
      );
  }

  /** Okta gives no token at all when one scope of several was not granted: then each is tried alone, to name it or to do without it. */
  async #newToken(): Promise<void> {
    const [oauth, terms] = [this.#oauth, this.#terms];
    if (oauth === undefined || terms === undefined) return;
    for (;;) {
      const secret = this.#secret.value;
      terms.privateKey = secret.reveal();
      try {
        await this.#askForToken(oauth, terms);
        this.#secret.accepted(secret);
        return;
      } catch (error) {
        if (!isUnknownKey(error) || !this.#secret.refused(secret)) throw error;
      }
    }
  }

  async #askForToken(oauth: OktaOAuth, terms: TokenTerms): Promise<void> {
    const wanted = terms.scopes;
    try {
      if (await this.#isGranted(oauth, terms, wanted)) return;
      const granted: string[] = [];
      for (const scope of wanted) if (await this.#isGranted(oauth, terms, [scope])) granted.push(scope);
      checkScopes(wanted, granted);
      await this.#isGranted(oauth, terms, granted);
    } catch (error) {
      terms.scopes = wanted;
      throw error;
    }
  }

  async #isGranted(oauth: OktaOAuth, terms: TokenTerms, scopes: readonly string[]): Promise<boolean> {
    terms.scopes = scopes;
    oauth.clearCachedAccessToken();
    this.#nonces = 0;
    try {
      await oauth.getAccessToken();
      return true;
    } catch (error) {
      const refused = error instanceof Refused ? parse(error.answer.text)["error"] : undefined;
      if (refused === "invalid_scope") return false;
      throw error;
    }
  }

  /** Every request of Okta's client, of tokens too: seen here, so that no answer is masked. */
  async #fetch(request: SdkRequest): Promise<Response> {
    const url = request.url ?? "";
    const { method, headers, body } = request;
    const isToken = url === `${this.#origin}${TOKEN_PATH}`;
    const signal = request.signal ?? this.#closing.signal;
    const answer = await this.#exchange.send({ method, url, headers, body }, signal);
    const wantsNonce = isToken && asksForNonce(answer) && ++this.#nonces <= 2;
    if (!wantsNonce && (answer.status < 200 || answer.status > 299))
      throw new Refused(answer, isToken ? "token" : "api");
    if (isToken && !wantsNonce) this.#note(answer);
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  }

  #note(answer: Answer): void {
    const token = parse(answer.text);
    const seconds = Number(token["expires_in"]);
    if (typeof token["access_token"] !== "string" || !(seconds > 0)) throw new Refused(answer, "token");
    const lifeMs = seconds * 1000;
    this.#renewAt = this.#clock.now() + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2);
  }
}

/** Another token may be good: this one is not known, or not any more. Not so for one that may not do this. */
function isInvalidToken(error: unknown): boolean {
  if (!(error instanceof Refused) || error.answer.status !== 401) return false;
  const code = parse(error.answer.text)["errorCode"];
  return typeof code === "string" && code !== "E0000015";
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof Refused && parse(error.answer.text)["error"] === "invalid_client";
}

/** RFC 9449 section 8: the server wants the proof again, with this nonce. */
function asksForNonce(answer: Answer): boolean {
  return (
    answer.status === 400 &&
    answer.headers.has("dpop-nonce") &&
    parse(answer.text)["error"] === "use_dpop_nonce"
  );
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Refuses what Okta's client cannot sign with (RS256 only). */
function checkKey(secret: Secret): void {
  const text = secret.reveal();
  const jwk = parse(text);
  let type: string | undefined;
  try {
    const key =
      "kty" in jwk ? createPrivateKey({ key: { ...jwk }, format: "jwk" }) : createPrivateKey({ key: text });
    type = key.asymmetricKeyType;
  } catch (cause) {
    throw new ConfigurationError("this is no private key in PEM or JWK form", {
      cause,
      hint: "take the file that Okta showed when the key was made, without a passphrase",
    });
  }
  if (type === "rsa") return;
  throw new ConfigurationError(`expected an RSA key, got one of type ${type ?? "unknown"}`, {
    hint: "make an RSA key of 2048 bits or more in the application's settings in Okta",
  });
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
