import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { BerReader } from "ldapts";
import { entryMessage, referenceMessage, resultMessage } from "./ldap-answer.ts";
import { DirectoryObjects } from "./ldap-objects.ts";
import { type Answer, answerTo, type Rules } from "./ldap-rules.ts";
import { readControls, readSearch, type SearchSeen } from "./ldap-search.ts";

export interface StandInOptions {
  /** PEM */
  readonly certificate: string;
  readonly key: string;
  readonly startTls?: boolean;
}

const wrongPassword = {
  code: 49,
  diagnostic: "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563",
};

/** What goes wrong on the wire; a test sets it before the source comes. */
export interface Faults {
  /** Bind answers with this instead of success. */
  bind?: { readonly code: number; readonly diagnostic: string };
  /** The only password that is taken; any other is refused as Windows does it. */
  password?: string;
  /** Searches, except of the root, are taken and never answered. */
  silent?: boolean;
  /** Closes the connection after this many entries of one search. */
  dropAfter?: number;
  /** Ends a search with this code after `entries` of them. */
  stop?: { readonly code: number; readonly entries: number };
  /** Refuses StartTLS. */
  startTlsRefused?: boolean;
  /** Called before each search is answered: what happens in the directory meanwhile. */
  meanwhile?: (search: SearchSeen) => void;
  /** Bytes that are not LDAP, instead of an answer to a search. */
  garbage?: boolean;
}

/**
 * A strict domain controller on real sockets: it knows no more of LDAP than the source uses, and forces on it what Samba does not:
 * ranges, page limits, several DirSync rounds, and every fault of a network.
 */
export class LdapDirectory {
  readonly objects = new DirectoryObjects();
  readonly faults: Faults = {};
  readonly rules: Rules = {
    maxValRange: 1500,
    maxPageSize: 1000,
    dirSyncRound: 1000,
    mayReplicate: true,
    emptyPages: false,
    invocationId: "11111111-2222-3333-4444-555555555555",
    isSynchronized: true,
  };
  readonly searches: SearchSeen[] = [];
  /** "name password" of each bind, "anonymous search" of each search without one. */
  readonly binds: string[] = [];
  anonymousSearches = 0;
  connections = 0;
  readonly #server: Server;
  readonly #options: StandInOptions;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, options: StandInOptions) {
    this.#server = server;
    this.#options = options;
  }

  static async start(options: StandInOptions): Promise<LdapDirectory> {
    const server = createServer();
    const directory = new LdapDirectory(server, options);
    server.on("connection", (socket) => directory.#accept(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return directory;
  }

  get url(): string {
    const scheme = this.#options.startTls === true ? "ldap" : "ldaps";
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes of answers that no client has taken yet, beyond what the network holds. */
  get unsent(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.writableLength, 0);
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    this.dropAll();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Cuts every connection, as a restart of the server does. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    if (this.#options.startTls === true) this.#serve(socket, { bound: false });
    else this.#secure(socket);
  }

  #secure(socket: Socket): void {
    const { certificate, key } = this.#options;
    const secureContext = createSecureContext({ cert: certificate, key });
    const tls = new TLSSocket(socket, { isServer: true, secureContext });
    tls.on("error", () => {});
    tls.on("close", () => this.#sockets.delete(tls));
    this.#sockets.add(tls);
    this.#serve(tls, { bound: false });
  }

  #serve(socket: Socket, login: { bound: boolean }): void {
    let left = Buffer.alloc(0);
    const read = (data: Buffer) => {
      left = Buffer.concat([left, data]);
      for (;;) {
        const reader = new BerReader(left);
        if (reader.readSequence() === null || reader.remain < reader.length) return;
        const size = reader.offset + reader.length;
        const message = Buffer.from(left.subarray(0, size));
        left = left.subarray(size);
        this.#handle(socket, login, message, () => socket.off("data", read));
      }
    };
    socket.on("data", read);
  }

  #handle(socket: Socket, login: { bound: boolean }, message: Buffer, leave: () => void): void {
    const reader = new BerReader(message);
    reader.readSequence();
    const id = reader.readInt() ?? 0;
    const operation = reader.readSequence();
    const end = reader.offset + reader.length;
    if (operation === 0x60) {
      reader.readInt();
      const name = reader.readString() ?? "";
      const password = reader.readString(0x80) ?? "";
      this.binds.push(`${name} ${password}`);
      const isWrong = this.faults.password !== undefined && this.faults.password !== password;
      const { code, diagnostic } =
        this.faults.bind ?? (isWrong ? wrongPassword : { code: 0, diagnostic: "" });
      login.bound = code === 0;
      socket.write(resultMessage(id, 0x61, code, diagnostic));
    } else if (operation === 0x77) {
      if (this.faults.startTlsRefused === true) {
        socket.write(resultMessage(id, 0x78, 52, "00000000: LdapErr: DSID-0C09120D, no certificate"));
        return;
      }
      leave();
      socket.write(resultMessage(id, 0x78, 0), () => this.#secure(socket));
    } else if (operation === 0x63) {
      const controls = readControlsBehind(message, end);
      this.#search(socket, login, id, readSearch(reader, end, this.objects, controls));
    }
  }

  #search(socket: Socket, login: { bound: boolean }, id: number, search: SearchSeen): void {
    this.searches.push(search);
    this.faults.meanwhile?.(search);
    if (!login.bound) this.anonymousSearches += 1;
    // As real ones do: who is nobody sees nothing, and is told that all went well.
    const answer: Answer =
      login.bound || search.base === ""
        ? answerTo(this.objects, this.rules, search)
        : { entries: [], code: 0 };
    if (search.base !== "") {
      if (this.faults.silent === true) return;
      if (this.faults.garbage === true) {
        socket.write("HTTP/1.1 400 Bad Request\r\n\r\n".padEnd(200, " "));
        return;
      }
    }
    const { dropAfter, stop } = this.faults;
    const most =
      search.base === ""
        ? Number.POSITIVE_INFINITY
        : (dropAfter ?? stop?.entries ?? Number.POSITIVE_INFINITY);
    const sent = answer.entries.slice(0, most).map(({ dn, shown }) => entryMessage(id, dn, shown));
    if (answer.entries.length > most && dropAfter !== undefined) {
      socket.write(Buffer.concat(sent), () => socket.destroy());
      return;
    }
    const isStopped = stop !== undefined && search.base !== "" && answer.entries.length > most;
    const done = isStopped
      ? resultMessage(id, 0x65, stop.code, "stopped by a limit")
      : resultMessage(id, 0x65, answer.code, answer.diagnostic, answer.controls);
    const reference = referenceMessage(id, "ldap://child.stand.example/DC=child,DC=stand,DC=example");
    socket.write(
      Buffer.concat([...sent, ...(search.scope === 2 && sent.length > 0 ? [reference] : []), done]),
    );
  }
}

function readControlsBehind(message: Buffer, offset: number): ReadonlyMap<string, Buffer> {
  if (offset >= message.length) return new Map();
  const reader = new BerReader(message);
  reader.offset = offset;
  reader.readSequence();
  return readControls(reader);
}
