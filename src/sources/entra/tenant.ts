import type { Expiry } from "../../expiry.ts";
import type { Finding } from "../../scim/api.ts";
import type { Kind } from "../../scim/resource.ts";
import { readSecret, readSecrets } from "../../secret.ts";
import { namedGroups } from "../named-groups.ts";
import type { Change, Cursor, Page, Sealed, Source, SourceContext } from "../source.ts";
import { selectionOf } from "./attributes.ts";
import { checkedCertificate } from "./client/certificate.ts";
import { Gate } from "./client/gate.ts";
import { Graph } from "./client/graph.ts";
import { Login } from "./client/login.ts";
import { Trust } from "./client/trust.ts";
import { Wire } from "./client/wire.ts";
import { clouds } from "./cloud.ts";
import type { Settings } from "./config.ts";
import { assignedTo, checkShown } from "./read/assigned.ts";
import { type Ground, placeOf } from "./read/cursor.ts";
import { everybody } from "./read/everybody.ts";
import { find } from "./read/find.ts";
import { changesSince } from "./read/poll.ts";
import { type Credentials, probe, secretEnds } from "./read/probe.ts";
import { readOne, readSeveral } from "./read/read-one.ts";
import type { Reading } from "./read/reading.ts";

/** So many characters of a client secret are shown in its app registration. */
const SECRET_SHOWN = 3;

/** A tenant of Entra ID. Nothing is loaded, read or asked before the first question. */
export class EntraTenant implements Source {
  /** Graph names no bound; lags of a quarter of an hour were seen. https://learn.microsoft.com/graph/delta-query-overview */
  readonly lateMs = 3_600_000;
  readonly #settings: Settings;
  readonly #context: SourceContext;
  readonly #random: () => number;
  #reading: Reading | undefined;

  constructor(settings: Settings, context: SourceContext, random: () => number) {
    this.#settings = settings;
    this.#context = context;
    this.#random = random;
  }

  /** The tenant's id: tokens of another tenant are not accepted for it. */
  async identity(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#settings.tenantId;
  }

  async *poll(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Page> {
    signal.throwIfAborted();
    const reading = this.#opened();
    const ground = this.#groundOf(reading);
    if (cursor === undefined) yield* opened(everybody(reading, ground, signal));
    else yield* changesSince(reading, ground, placeOf(cursor, ground, reading.graph.root), signal);
  }

  async *everybody(signal: AbortSignal): AsyncGenerator<Page<Change | Sealed>> {
    signal.throwIfAborted();
    const reading = this.#opened();
    yield* everybody(reading, this.#groundOf(reading), signal);
  }

  #groundOf({ select: { user, group } }: Reading): Ground {
    return { tenant: this.#settings.tenantId, selection: [...user, "|", ...group].join(",") };
  }

  async read(kind: Kind, id: string, signal: AbortSignal): Promise<readonly Change[]> {
    return await readOne(this.#opened(), kind, id, signal);
  }

  async *readSeveral(
    objects: readonly { readonly kind: Kind; readonly id: string }[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Change[]> {
    signal.throwIfAborted();
    yield* readSeveral(this.#opened(), objects, signal);
  }

  async find(kind: Kind, key: string, signal: AbortSignal): Promise<readonly string[]> {
    return await find(this.#opened(), kind, key, signal);
  }

  /** Of an application, whoever is assigned: people, and groups whose direct members count. */
  async assigned(
    to: { readonly groups: readonly string[] } | { readonly app: string },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if ("groups" in to) {
      const groups = await namedGroups(to.groups, (name) => this.find("group", name, signal));
      for (const id of groups) await checkShown(this.#opened(), id, signal);
      return groups;
    }
    const ids: string[] = [];
    for await (const { id } of assignedTo(this.#opened(), to.app, signal)) ids.push(id);
    return ids;
  }

  async probe(signal: AbortSignal): Promise<readonly Finding[]> {
    return await probe(this.#opened(), this.#credentials, signal);
  }

  /** Of a client secret, which Graph knows; a certificate's file tells by itself. */
  async expiries(signal: AbortSignal): Promise<readonly Expiry[]> {
    if (this.#settings.clientSecret === undefined) return [];
    const found = await secretEnds(this.#opened(), this.#credentials, signal);
    return (found ?? []).map((each) => ({ place: `${this.#place}.clientSecret`, what: "secret", ...each }));
  }

  get #credentials(): Credentials {
    const { clientId, clientSecret, certificate } = this.#settings;
    const beginnings = () =>
      clientSecret &&
      readSecrets(clientSecret, `${this.#place}.clientSecret`).map((secret) =>
        secret.reveal().slice(0, SECRET_SHOWN),
      );
    const ends = () => {
      if (certificate === undefined) return undefined;
      const pem = readSecret({ file: certificate.file }, `${this.#place}.certificate`).reveal();
      return Date.parse(checkedCertificate(pem, certificate.file).validTo);
    };
    return { clientId, certificateEndsMs: ends, secretBeginnings: beginnings };
  }

  async close(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.graph.close();
  }

  /** Where the settings stand in the configuration, for messages. */
  get #place(): string {
    return `sources.${this.#context.name}`;
  }

  #opened(): Reading {
    this.#reading ??= this.#open();
    return this.#reading;
  }

  #open(): Reading {
    const { tenantId, cloud, ca, timeouts } = this.#settings;
    const { select, clock, log, meter, refusals } = this.#context;
    const endpoints = this.#settings.endpoints ?? clouds[cloud];
    const trust = new Trust(ca?.file);
    const wire = new Wire({
      trust,
      connectTimeoutMs: timeouts.connect,
      answerTimeoutMs: timeouts.answer,
    });
    const tokens = new Login(this.#settings, endpoints, trust, clock, this.#place, refusals);
    const patience = { gate: new Gate(clock), clock, random: this.#random, log, meter };
    return {
      graph: new Graph(endpoints.graph, tokens, wire, patience),
      tenantId,
      select: { user: selectionOf("user", select.user), group: selectionOf("group", select.group) },
      clock,
      log,
    };
  }
}

async function* opened(pages: AsyncIterable<Page<Change | Sealed>>): AsyncGenerator<Page> {
  for await (const { changes, ...page } of pages)
    yield { ...page, changes: changes.flatMap((each) => (each.type === "sealed" ? each.open() : each)) };
}
