import { Agent, fetch } from "undici";
import { type OktaOptions, type OktaOrganisation, startOktaOrganisation } from "./okta-organisation.ts";

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any;
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
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  list(path: string): Promise<{ readonly all: any[]; readonly pages: number }>;
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
      body: text === "" ? undefined : JSON.parse(text),
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
      const all: unknown[] = [];
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
