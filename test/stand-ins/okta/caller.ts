import { Agent, fetch } from "undici";
import { type OktaOptions, type OktaOrganisation, startOktaOrganisation } from "./okta-organisation.ts";
import type { Target } from "./system-log.ts";

/** The fields of objects, events, tokens and errors that a test may look into; whether they came is for the test to see. */
export interface Thing {
  readonly id: string;
  readonly status: string;
  readonly type: string;
  readonly label: string;
  readonly scope: string;
  readonly lastUpdated: string;
  readonly lastMembershipUpdated: string;
  readonly profile: Readonly<Record<string, string>>;
  readonly _links: Readonly<Record<string, { readonly href: string }>>;
  readonly _embedded: { readonly user: Thing; readonly stats: unknown };
  readonly eventType: string;
  readonly published: string;
  readonly uuid: string;
  readonly outcome: { readonly result: string };
  readonly target: readonly Target[];
  readonly errorCode: string;
  readonly errorSummary: string;
  readonly errorId: string;
  readonly errorCauses: readonly { readonly errorSummary: string }[];
  readonly error: string;
  readonly access_token: string;
  readonly token_type: string;
}

/** One thing or a list of them, as the request has it. */
export type Body = Thing & readonly Thing[];

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Body;
  readonly next: string | undefined;
  readonly self: string | undefined;
}

export interface Caller {
  readonly okta: OktaOrganisation;
  /** The organisation's clock stands still unless told to go on. */
  goOn(ms: number): void;
  now(): number;
  /** Of a path or a whole URL, with the API token unless told otherwise. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** All objects of a list and the number of pages it took. */
  list(path: string): Promise<{ readonly all: readonly Thing[]; readonly pages: number }>;
  close(): Promise<void>;
}

/** An organisation and a bare HTTP client beside it. */
export async function openOrganisation(options: OktaOptions = {}): Promise<Caller> {
  let now = Date.parse("2026-11-22T12:00:00Z");
  const okta = await startOktaOrganisation({ now: () => now, ...options });
  const dispatcher = new Agent({ connect: { ca: okta.ca } });
  const call = async (path: string, init: Parameters<typeof fetch>[1]): Promise<Reply> => {
    const answer = await fetch(new URL(path, okta.url), { ...init, dispatcher });
    const text = await answer.text();
    const link = answer.headers.get("link") ?? "";
    const rel = (name: string) => new RegExp(`<([^>]*)>; rel="${name}"`).exec(link)?.[1];
    return {
      status: answer.status,
      headers: new Map(answer.headers),
      body: JSON.parse(text) as Body,
      next: rel("next"),
      self: rel("self"),
    };
  };
  const get: Caller["get"] = (path, headers) =>
    call(path, { headers: { authorization: `SSWS ${okta.token}`, ...headers } });
  return {
    okta,
    goOn: (ms) => {
      now += ms;
    },
    now: () => now,
    get,
    post: (path, form, headers) =>
      call(path, {
        method: "POST",
        body: new URLSearchParams(form).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      }),
    list: async (path) => {
      const all: Thing[] = [];
      let pages = 0;
      for (let url: string | undefined = path; url !== undefined; pages += 1) {
        const reply: Reply = await get(url);
        if (reply.status !== 200) throw new Error(`${url}: ${reply.status} ${JSON.stringify(reply.body)}`);
        all.push(...reply.body);
        url = reply.next;
      }
      return { all, pages };
    },
    close: async () => {
      await dispatcher.close();
      await okta.stop();
    },
  };
}

/** The path of a search or filter. */
export function path(base: string, parameters: Readonly<Record<string, string | number>>): string {
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `${base}?${query}`;
}
