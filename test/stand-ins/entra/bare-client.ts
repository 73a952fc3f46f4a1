import { Agent, request } from "undici";
import type { EntraTenant } from "./tenant.ts";

export interface Item {
  readonly id: string;
  readonly "@removed"?: { readonly reason: string };
  readonly "members@delta"?: readonly Item[];
  readonly "manager@delta"?: readonly Item[];
  readonly [name: string]: unknown;
}

export interface Body {
  readonly value?: readonly Item[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly innerError: Readonly<Record<string, string>>;
  };
  readonly "@odata.nextLink"?: string;
  readonly "@odata.deltaLink"?: string;
  readonly [name: string]: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly body: Body;
}

export interface WholeRound {
  readonly pages: readonly Body[];
  readonly items: readonly Item[];
  readonly deltaLink: string;
}

/** Plain requests to a tenant, without any client of a vendor's. */
export class BareClient {
  readonly tenant: EntraTenant;
  readonly #agent: Agent;
  #token: string | undefined;

  constructor(tenant: EntraTenant) {
    this.tenant = tenant;
    this.#agent = new Agent({ connect: { ca: tenant.ca } });
  }

  async send(
    url: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Reply> {
    const { method = "GET", headers = {}, body } = options;
    const given = { method: method as "GET", headers, ...(body === undefined ? {} : { body }) };
    const answer = await request(url, { dispatcher: this.#agent, ...given });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, body: parsed(text) };
  }

  /** Posts a form to the token endpoint; what is undefined is left out. */
  login(
    form: Readonly<Record<string, string | undefined>> = {},
    tenantId = this.tenant.tenantId,
  ): Promise<Reply> {
    const fields = {
      grant_type: "client_credentials",
      client_id: this.tenant.clientId,
      client_secret: this.tenant.clientSecret,
      scope: `${this.tenant.graphUrl}/.default`,
      ...form,
    };
    const kept = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.send(`${this.tenant.loginUrl}/${tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(kept).toString(),
    });
  }

  /** A new access token from now on, as after a change of permissions. */
  async renew(form: Readonly<Record<string, string>> = {}): Promise<string> {
    const { body } = await this.login(form);
    this.#token = String(body["access_token"]);
    return this.#token;
  }

  /** A link as it is, or a path below `/v1.0`. */
  async get(link: string, headers: Record<string, string> = {}): Promise<Reply> {
    const token = this.#token ?? (await this.renew());
    const url = link.startsWith("https:") ? link : `${this.tenant.graphUrl}/v1.0${link}`;
    return this.send(url, { headers: { authorization: `Bearer ${token}`, ...headers } });
  }

  async post(path: string, body: unknown): Promise<Reply> {
    const token = this.#token ?? (await this.renew());
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const url = `${this.tenant.graphUrl}/v1.0${path}`;
    return this.send(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** Follows a delta query to its delta link. */
  async round(start: string, headers: Record<string, string> = {}): Promise<WholeRound> {
    const pages: Body[] = [];
    for (let link: string | undefined = start; link !== undefined; ) {
      const { status, body, text } = await this.get(link, headers);
      if (status !== 200) throw new Error(`${status} after ${pages.length} pages: ${text}`);
      if ("@odata.nextLink" in body === "@odata.deltaLink" in body) throw new Error("not exactly one link");
      pages.push(body);
      link = body["@odata.nextLink"];
    }
    const items = pages.flatMap(({ value }) => value ?? []);
    return { pages, items, deltaLink: pages.at(-1)?.["@odata.deltaLink"] ?? "" };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
