import { type Answer, json } from "./answer.ts";
import type { Application } from "./applications.ts";
import type { Bearers } from "./bearer.ts";
import { checkAssertion } from "./client-assertion.ts";
import { LoginRefusal, loginRefused } from "./login-refusal.ts";
import type { TenantState } from "./tenant-state.ts";

export interface LoginRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Other services of the cloud that tokens can be had for; Graph takes none of those. */
const OTHER_RESOURCES = ["https://management.azure.com", "https://vault.azure.net"];

/** The login authority of one tenant: its discovery document and the client credentials grant. */
export class LoginService {
  readonly #state: TenantState;
  readonly #bearers: Bearers;
  readonly #now: () => number;
  /** Life of an access token, seconds. */
  tokenLifeSeconds = 3599;

  constructor(state: TenantState, bearers: Bearers, now: () => number) {
    this.#state = state;
    this.#bearers = bearers;
    this.#now = now;
  }

  answer(request: LoginRequest, loginUrl: string, graphUrl: string): Answer {
    try {
      const match = /^\/([^/]+)\/(?:oauth2\/)?v2\.0\/(.+)$/.exec(request.path);
      const [, tenant = "", call] = match ?? [];
      if (call !== ".well-known/openid-configuration" && call !== "token") return notHere();
      if (tenant !== this.#state.tenantId && tenant.toLowerCase() !== this.#state.domain)
        throw new LoginRefusal(400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
      if (call === "token") return this.#token(request, loginUrl, graphUrl);
      return request.method === "GET" ? discovery(`${loginUrl}/${this.#state.tenantId}`) : notHere();
    } catch (error) {
      if (!(error instanceof LoginRefusal)) throw error;
      return loginRefused(error, loginUrl, this.#now());
    }
  }

  #token(request: LoginRequest, loginUrl: string, graphUrl: string): Answer {
    if (request.method !== "POST") throw bad(900561, "The endpoint only accepts POST requests.");
    if (!request.contentType.startsWith("application/x-www-form-urlencoded"))
      throw bad(900144, "The request body must contain the following parameter: 'grant_type'.");
    const form = new URLSearchParams(request.body);
    const grantType = form.get("grant_type");
    if (grantType === null)
      throw bad(900144, "The request body must contain the following parameter: 'grant_type'.");
    if (grantType !== "client_credentials")
      throw bad(
        70003,
        `The app requested an unsupported grant type '${grantType}'.`,
        "unsupported_grant_type",
      );
    const clientId = form.get("client_id");
    if (clientId === null)
      throw bad(900144, "The request body must contain the following parameter: 'client_id'.");
    const application = this.#state.application(clientId);
    if (application === undefined)
      throw bad(
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${this.#state.tenantName}'.`,
        "unauthorized_client",
      );
    const audiences = [this.#state.tenantId, this.#state.domain].flatMap((tenant) => [
      `${loginUrl}/${tenant}/oauth2/v2.0/token`,
      `${loginUrl}/${tenant}/v2.0`,
    ]);
    authenticate(form, application, audiences, this.#now());
    return this.issue(application, resourceOf(form.get("scope"), graphUrl), loginUrl);
  }

  /** A token for an application that has proved who it is. */
  issue(application: Application, audience: string, loginUrl: string): Answer {
    const seconds = Math.floor(this.#now() / 1000);
    const access_token = this.#bearers.issue({
      aud: audience,
      iss: `${loginUrl}/${this.#state.tenantId}/v2.0`,
      tid: this.#state.tenantId,
      appid: application.clientId,
      roles: [...application.permissions],
      iat: seconds,
      nbf: seconds,
      exp: seconds + this.tokenLifeSeconds,
    });
    const body = {
      token_type: "Bearer",
      expires_in: this.tokenLifeSeconds,
      ext_expires_in: this.tokenLifeSeconds,
      access_token,
    };
    return json(body, {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store, no-cache",
    });
  }
}

function authenticate(
  form: URLSearchParams,
  application: Application,
  audiences: readonly string[],
  now: number,
): void {
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== ASSERTION_TYPE)
      throw bad(50027, "The client_assertion_type is not supported.");
    checkAssertion(assertion, application, audiences, now);
    return;
  }
  const secret = form.get("client_secret");
  if (secret === null)
    throw unknownClient(
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  const known = application.secrets.find(({ text }) => text === secret);
  if (known === undefined)
    throw unknownClient(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.clientId}'.`,
    );
  if (known.endsAt <= now)
    throw unknownClient(
      7000222,
      `The provided client secret keys for app '${application.clientId}' are expired.`,
    );
}

/** The audience behind `RESOURCE/.default`. */
function resourceOf(scope: string | null, graphUrl: string): string {
  if (scope === null) throw bad(900144, "The request body must contain the following parameter: 'scope'.");
  const words = scope
    .split(" ")
    .filter((word) => !["openid", "profile", "offline_access", ""].includes(word));
  const resource = words.length === 1 ? /^(.+?)\/+\.default$/.exec(words[0] ?? "")?.[1] : undefined;
  if (resource === undefined)
    throw bad(1002012, `The provided value for scope ${scope} is not valid.`, "invalid_scope");
  if (resource !== graphUrl && !OTHER_RESOURCES.includes(resource))
    throw bad(
      500011,
      `The resource principal named ${resource} was not found in the tenant.`,
      "invalid_resource",
    );
  return resource;
}

function discovery(authority: string): Answer {
  const { origin } = new URL(authority);
  return json(
    {
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
      jwks_uri: `${authority}/discovery/v2.0/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      issuer: `${authority}/v2.0`,
      request_uri_parameter_supported: false,
      userinfo_endpoint: `${origin}/oidc/userinfo`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
      tenant_region_scope: "EU",
      cloud_instance_name: "microsoftonline.com",
    },
    { "Content-Type": "application/json; charset=utf-8" },
  );
}

function notHere(): Answer {
  return { status: 404, headers: { "Content-Type": "text/html" }, body: "<html>404</html>" };
}

function bad(number: number, message: string, error = "invalid_request"): LoginRefusal {
  return new LoginRefusal(400, error, number, message);
}

function unknownClient(number: number, message: string): LoginRefusal {
  return new LoginRefusal(401, "invalid_client", number, message);
}
