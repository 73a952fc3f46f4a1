import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { children, type Element, number, readElement, text } from "./ber.ts";
import { issueCertificate } from "./certificates.ts";
import type { DomainController } from "./samba.ts";

/** A search as it went over the wire (RFC 4511 section 4.5), with what came back. */
export interface SearchSeen {
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly base: string;
  readonly attributes: readonly string[];
  /** OIDs of the controls that were sent along. */
  readonly controls: readonly string[];
  entries: number;
  references: number;
  /** Undefined while it is under way. */
  resultCode?: number;
}

/** The control of DirSync (MS-ADTS 3.1.1.3.4.1.3). */
const DIRSYNC_CONTROL = "1.2.840.113556.1.4.841";

const BIND = 0x60;
const SEARCH = 0x63;
const ENTRY = 0x64;
const DONE = 0x65;
const REFERENCE = 0x73;
const CONTROLS = 0xa0;
/** modify, add, delete, modifyDN */
const WRITES = new Set([0x66, 0x68, 0x4a, 0x6c]);

/**
 * An LDAPS proxy that reads what passes: how many binds, searches, entries, writes. It ends TLS with a certificate of the domain
 * controller's own authority, on another port of the same address.
 */
export class LdapCounter {
  readonly url: string;
  readonly searches: SearchSeen[] = [];
  connections = 0;
  binds = 0;
  writes = 0;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  constructor(server: Server, host: string, upstream: Endpoint) {
    this.#server = server;
    this.url = `ldaps://${host}:${(server.address() as AddressInfo).port}`;
    server.on("secureConnection", (client) => this.#join(client, upstream));
  }

  /** Searches with the DirSync control. */
  get dirSyncs(): readonly SearchSeen[] {
    return this.searches.filter((search) => search.controls.includes(DIRSYNC_CONTROL));
  }

  /** Entries of all searches. */
  get entries(): number {
    return this.searches.reduce((sum, search) => sum + search.entries, 0);
  }

  /** Forgets what was counted; connections stay. */
  reset(): void {
    this.searches.length = 0;
    this.connections = 0;
    this.binds = 0;
    this.writes = 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #join(client: TLSSocket, upstream: Endpoint): void {
    this.connections++;
    const connection = this.connections;
    const server = connect({ ...upstream, checkServerIdentity: () => undefined });
    const underway = new Map<number, SearchSeen>();
    const fromClient = framed((bytes, message) => this.#asked(bytes, message, connection, underway));
    const fromServer = framed((bytes, message) => answered(bytes, message, underway));
    for (const [socket, other, read] of [
      [client, server, fromClient],
      [server, client, fromServer],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("data", (bytes: Buffer) => {
        read(bytes);
        other.write(bytes);
      });
      socket.on("end", () => other.end());
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
  }

  #asked(bytes: Buffer, message: Element, connection: number, underway: Map<number, SearchSeen>): void {
    const [id, operation, controls] = children(bytes, message);
    if (operation === undefined) return;
    if (operation.tag === BIND) this.binds++;
    if (WRITES.has(operation.tag)) this.writes++;
    if (operation.tag !== SEARCH) return;
    const fields = children(bytes, operation);
    const attributes = fields[7];
    const search: SearchSeen = {
      connection,
      base: text(bytes, fields[0]),
      attributes: attributes ? children(bytes, attributes).map((name) => text(bytes, name)) : [],
      controls: controls?.tag === CONTROLS ? children(bytes, controls).map((one) => oid(bytes, one)) : [],
      entries: 0,
      references: 0,
    };
    underway.set(number(bytes, id), search);
    this.searches.push(search);
  }
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
}

/** A counter in front of a domain controller; point the client at `counter.url`. */
export async function startLdapCounter(dc: DomainController): Promise<LdapCounter> {
  const issued = await issueCertificate(dc.authority, `counter-${Date.now()}`, [dc.dnsName, dc.host]);
  const server = createServer({ key: await readFile(issued.key), cert: await readFile(issued.certificate) });
  server.listen(0, dc.host);
  await once(server, "listening");
  return new LdapCounter(server, dc.host, { host: dc.host, port: 636, ca: await readFile(dc.ca) });
}

function answered(bytes: Buffer, message: Element, underway: Map<number, SearchSeen>): void {
  const [id, operation] = children(bytes, message);
  const search = underway.get(number(bytes, id));
  if (search === undefined || operation === undefined) return;
  if (operation.tag === ENTRY) search.entries++;
  if (operation.tag === REFERENCE) search.references++;
  if (operation.tag !== DONE) return;
  search.resultCode = number(bytes, children(bytes, operation)[0]);
  underway.delete(number(bytes, id));
}

function oid(bytes: Buffer, control: Element): string {
  return text(bytes, children(bytes, control)[0]);
}

/** Cuts a stream into LDAP messages, whatever the chunks are. */
function framed(take: (bytes: Buffer, message: Element) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let offset = 0;
    for (
      let message = readElement(pending, 0);
      message !== undefined;
      message = readElement(pending, offset)
    ) {
      take(pending, message);
      offset = message.end;
    }
    pending = pending.subarray(offset);
  };
}
