import type { SecureContext } from "node:tls";
import type { AccessToken, ClientSecretCredentialOptions, TokenCredential } from "@azure/identity";
import type { Clock } from "../../../clock.ts";
import {
  ConfigurationError,
  ConnectionError,
  CredentialsRefused,
  ProtocolError,
  TransientError,
} from "../../../errors.ts";
import { readSecret, Secret } from "../../../secret.ts";
import { type Refusals, SecretInUse } from "../../../secret-in-use.ts";
import type { Endpoints } from "../cloud.ts";
import type { Settings } from "../config.ts";
import { loginRefusal } from "./aadsts.ts";
import { checkedCertificate } from "./certificate.ts";
import { networkFailure, proxyRefusal } from "./network-failure.ts";
import { laterText, retryAfterMs } from "./retry-after.ts";
import type { Trust } from "./trust.ts";

/** Access tokens for Microsoft Graph. */
export interface Tokens {
  /** One that is good for some minutes yet. Throws CredentialsRefused, ConnectionError or TransientError. */
  token(signal: AbortSignal): Promise<string>;
  /** Another one than `refused`, which the service did not take. */
  renewed(refused: string, signal: AbortSignal): Promise<string>;
}

/**
 * Logs in by @azure/identity, which is loaded with the first token. A secret or certificate is read again for every token, so that
 * a new one is used as soon as it lies there, and of a list the next where one is refused. One request at a time, whoever waits for it.
 */
export class Login implements Tokens {
  readonly #settings: Settings;
  readonly #endpoints: Endpoints;
  readonly #trust: Trust;
  #trusted: SecureContext | undefined;
  readonly #clock: Clock;
  #credential: { readonly made: TokenCredential; readonly secret: string } | undefined;
  #pending: Promise<string> | undefined;
  #last: string | undefined;
  readonly #place: string;
  readonly #secret: SecretInUse | undefined;
  /** What went wrong last on the wire: the library's own errors do not always tell. */
  #trouble: unknown;
  /** What the login service answered last. */
  #answered: { readonly status: number; readonly isJson: boolean } | undefined;
  /** How long the login service asked us to wait, in ms. */
  #waitMs: number | undefined;

  /** `place`: where the settings stand in the configuration, for messages. */
  constructor(
    settings: Settings,
    endpoints: Endpoints,
    trust: Trust,
    clock: Clock,
    place: string,
    refusals?: Refusals,
  ) {
    this.#place = place;
    this.#secret =
      settings.clientSecret &&
      new SecretInUse(settings.clientSecret, { place: `${place}.clientSecret`, clock, refusals });
    this.#settings = settings;
    this.#endpoints = endpoints;
    this.#trust = trust;
    this.#clock = clock;
  }

  async token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.#pending ??= this.#get().finally(() => {
      this.#pending = undefined;
    });
    return await unlessAborted(this.#pending, signal);
  }

  async renewed(refused: string, signal: AbortSignal): Promise<string> {
    // Another request may have renewed it meanwhile.
    if (refused === this.#last) this.#credential = undefined;
    return await this.token(signal);
  }

  async #get(): Promise<string> {
    this.#secret?.renew();
    for (;;) {
      const secret = this.#readSecret();
      try {
        const token = await this.#getWith(secret.reveal());
        this.#secret?.accepted(secret);
        return token;
      } catch (error) {
        if (this.#trust.widened(error, this.#trusted)) continue;
        const isWrong = error instanceof CredentialsRefused && error.isOfTheValue;
        if (!isWrong || this.#secret?.refused(secret) !== true) throw error;
      }
    }
  }

  async #getWith(secret: string): Promise<string> {
    const credential = await this.#current(secret);
    this.#trouble = undefined;
    this.#answered = undefined;
    this.#waitMs = undefined;
    let answer: AccessToken | null;
    try {
      answer = await credential.getToken(`${this.#endpoints.graph}/.default`, {
        tenantId: this.#settings.tenantId,
      });
    } catch (error) {
      // The library would answer the next minute's questions with the same failure, without asking anybody.
      this.#credential = undefined;
      throw this.#failure(error);
    }
    if (answer === null)
      throw new TransientError("the login service answered without a token", { outcome: "none" });
    this.#last = answer.token;
    return answer.token;
  }

  async #current(secret: string): Promise<TokenCredential> {
    if (this.#credential?.secret !== secret) {
      this.#credential = { made: await this.#make(secret), secret };
    }
    return this.#credential.made;
  }

  #readSecret(): Secret {
    const { certificate } = this.#settings;
    if (this.#secret !== undefined) return this.#secret.value;
    if (certificate !== undefined)
      return readSecret({ file: certificate.file }, `${this.#place}.certificate`);
    return new Secret("");
  }

  async #make(secret: string): Promise<TokenCredential> {
    const identity = await import("@azure/identity");
    const { tenantId, clientId, clientSecret, certificate, workloadIdentity, endpoints } = this.#settings;
    this.#trusted = this.#trust.context;
    // The library hands these on to the connection as they are, so what was read for Graph need not be read once more.
    const tlsOptions: ClientSecretCredentialOptions["tlsOptions"] & {
      readonly secureContext: SecureContext;
    } = {
      secureContext: this.#trusted,
    };
    const options: ClientSecretCredentialOptions = {
      authorityHost: this.#endpoints.login,
      // Nobody but Microsoft's own clouds can be looked up there.
      disableInstanceDiscovery: endpoints !== undefined,
      tlsOptions,
      // Whoever asks for the token repeats it, obeys the signal and waits for all.
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [
        {
          position: "perRetry",
          policy: {
            name: "witness",
            sendRequest: async (request, next) => {
              request.timeout = this.#settings.timeouts.answer;
              try {
                const answer = await next(request);
                const isJson = /\bjson\b/i.test(answer.headers.get("content-type") ?? "");
                this.#answered = { status: answer.status, isJson };
                if (answer.status >= 400) this.#trouble = new Error(answer.bodyAsText ?? "");
                this.#waitMs = retryAfterMs(answer.headers.get("retry-after") ?? null, this.#clock.now());
                return answer;
              } catch (error) {
                this.#trouble = withoutRequest(error);
                throw error;
              }
            },
          },
        },
      ],
    };
    if (certificate !== undefined) checkedCertificate(secret, certificate.file);
    try {
      if (clientId === undefined) return new identity.ManagedIdentityCredential(options);
      if (clientSecret !== undefined)
        return new identity.ClientSecretCredential(tenantId, clientId, secret, options);
      if (certificate !== undefined)
        return new identity.ClientCertificateCredential(tenantId, clientId, { certificate: secret }, options);
      if (workloadIdentity === true)
        return new identity.WorkloadIdentityCredential({ ...options, tenantId, clientId });
      return new identity.ManagedIdentityCredential({ ...options, clientId });
    } catch (error) {
      throw new ConfigurationError(`Entra ID: this way to log in cannot be used: ${reason(error)}`, {
        cause: error,
        hint: "see `rollcall test`; a workload identity needs AZURE_FEDERATED_TOKEN_FILE",
      });
    }
  }

  #failure(error: unknown): Error {
    const message = `${textOf(error)} ${textOf(this.#trouble)}`;
    const { host } = new URL(this.#endpoints.login);
    const { managedIdentity, workloadIdentity } = this.#settings;
    if (this.#waitMs !== undefined) {
      return new TransientError(`${host} asks us to come back ${laterText(this.#waitMs)} for the login`, {
        outcome: "none",
        cause: error,
        retryAfterMs: this.#waitMs,
      });
    }
    const known =
      loginRefusal(message, this.#settings, error) ??
      networkFailure(this.#trouble, host) ??
      networkFailure(error, host);
    if (known !== undefined) return known;
    if (/\b(invalid_client|unauthorized_client|invalid_grant|access_denied)\b/.test(message)) {
      return new CredentialsRefused(`${host} refuses the login of the application`, {
        cause: error,
        hint: "check clientId, tenantId and the secret",
        isOfTheValue: /\binvalid_client\b/.test(message),
      });
    }
    if (managedIdentity === true) {
      return new ConnectionError("the managed identity of this machine gives no token", {
        cause: error,
        hint: "does Rollcall run on an Azure machine that has an identity (and is clientId that of the identity)?",
      });
    }
    if (workloadIdentity === true && /ENOENT|federated|token file/i.test(message)) {
      return new ConnectionError("the federated token of this workload cannot be read", {
        cause: error,
        hint: "check AZURE_FEDERATED_TOKEN_FILE and the pod's service account",
      });
    }
    return this.#noToken(host, error);
  }

  /** Nothing that the login service is known to say. */
  #noToken(host: string, cause: unknown): Error {
    const { status, isJson } = this.#answered ?? { status: undefined, isJson: true };
    if (status === 407) return proxyRefusal(status, host, cause);
    if (isJson || status === undefined) {
      const said = status === undefined ? "" : ` (${status})`;
      return new TransientError(`${host} gave no token${said}`, { outcome: "none", cause });
    }
    const what = `${host} answered the login with something else than JSON (${status})`;
    const hint =
      "does a proxy or a portal answer in place of the login service? have it let this machine through";
    return status >= 500
      ? new TransientError(what, { outcome: "none", cause, hint })
      : new ProtocolError(what, { cause, hint });
  }
}

/** The library's error carries the request along, and that the secret: none of it may reach a log. */
function withoutRequest(error: unknown): Error {
  if (!(error instanceof Error)) return new Error("the request failed");
  const code = "code" in error ? { code: error.code } : {};
  return Object.assign(new Error(error.message), code);
}

/** What the error and its causes say; for recognising it, never to be shown. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${error.name} ${error.message} ${textOf(error.cause)}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown reason";
}

/** The library does not always notice an abort; whoever was told to stop does not wait for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    // Nobody may be left to hear of it.
    promise.catch(() => {});
  }
}
