import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { ConfigurationError } from "../../errors.ts";
import type { Finding } from "../../scim/api.ts";
import type { Kind } from "../../scim/resource.ts";
import { namedGroups } from "../named-groups.ts";
import type { Change, Cursor, Page, Source, SourceContext } from "../source.ts";
import { selectionOf } from "./attributes.ts";
import { Exchange } from "./client/exchange.ts";
import { Login } from "./client/login.ts";
import { OktaApi } from "./client/okta-api.ts";
import { RateShare } from "./client/rate-share.ts";
import type { Settings } from "./config.ts";
import { assignedTo } from "./read/assigned.ts";
import { find } from "./read/find.ts";
import { organisationOf } from "./read/organisation.ts";
import { pollOnce } from "./read/poll.ts";
import { probe } from "./read/probe.ts";
import { readOne } from "./read/read-one.ts";
import type { Reading } from "./read/reading.ts";

/** An Okta organisation. Nothing is loaded, read from a file or asked before the first question. */
export class OktaOrganisation implements Source {
  readonly fullEveryMs: number;
  readonly #settings: Settings;
  readonly #context: SourceContext;
  #open: { readonly reading: Reading; readonly login: Login; readonly exchange: Exchange } | undefined;
  #id: string | undefined;

  constructor(settings: Settings, context: SourceContext) {
    this.#settings = settings;
    this.#context = context;
    this.fullEveryMs = settings.fullEvery;
  }

  /** The organisation's id; asked for once. */
  async identity(signal: AbortSignal): Promise<string> {
    this.#id ??= (await organisationOf(this.#reading.api, signal)).id;
    return this.#id;
  }

  async *poll(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Page> {
    signal.throwIfAborted();
    yield* pollOnce(this.#reading, cursor, () => this.identity(signal), signal);
  }

  async read(kind: Kind, id: string, signal: AbortSignal): Promise<readonly Change[]> {
    return await readOne(this.#reading, kind, id, signal);
  }

  async find(kind: Kind, key: string, signal: AbortSignal): Promise<readonly string[]> {
    return await find(this.#reading, kind, key, signal);
  }

  async probe(signal: AbortSignal): Promise<readonly Finding[]> {
    return await probe(this.#reading, signal);
  }

  /** Of an application, the people who are assigned now, themselves or by a group. */
  async assigned(
    to: { readonly groups: readonly string[] } | { readonly app: string },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if ("groups" in to) return await namedGroups(to.groups, (name) => this.find("group", name, signal));
    const ids: string[] = [];
    for await (const id of assignedTo(this.#reading, to.app, signal)) ids.push(id);
    return ids;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    open?.login.close();
    await open?.exchange.close();
  }

  get #reading(): Reading {
    this.#open ??= this.#opened();
    return this.#open.reading;
  }

  #opened() {
    const settings = this.#settings;
    const { clock, log, select, meter, refusals } = this.#context;
    const exchange = new Exchange(settings.orgUrl, authorities(settings.ca?.file), settings.timeout);
    const login = new Login(settings, exchange, clock, `sources.${this.#context.name}`, refusals);
    const share = new RateShare(settings.rateShare, clock);
    const api = new OktaApi({ origin: settings.orgUrl, login, share, clock, log, meter });
    const selected = { user: selectionOf("user", select.user), group: selectionOf("group", select.group) };
    return { reading: { api, select: selected, settings, clock, log }, login, exchange };
  }
}

/** Node's own list, that of the operating system, and the file's; undefined where nothing is added. */
function authorities(file: string | undefined): readonly string[] {
  const trusted = [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  if (file === undefined) return trusted;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigurationError(`ca: the file ${file} cannot be read`, {
      cause,
      hint: "correct the path or its permissions",
    });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return [...trusted, text];
  throw new ConfigurationError(`ca: ${file} holds no certificate in PEM form`, {
    hint: `a certificate in binary form is converted by: openssl x509 -inform der -in ${file} -out ca.pem`,
  });
}
