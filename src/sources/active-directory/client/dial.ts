import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls";
import { ExtendedRequest } from "ldapts";
import { ConnectionError, TransientError } from "../../../errors.ts";
import { certificateProblem } from "./certificate.ts";
import type { Endpoint } from "./endpoint.ts";
import { printable } from "./result-code.ts";
import { Wire } from "./wire.ts";

const START_TLS = "1.3.6.1.4.1.1466.20037";

/** How connections are made; the same for all domain controllers of a source. */
export interface Dialing {
  /** Authorities that may sign the server's certificate, PEM; undefined: those of the system. */
  readonly authorities: readonly string[];
  /** The name that the certificate must bear, instead of the URL's host. */
  readonly serverName: string | undefined;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/** A wire over verified TLS, nobody logged in yet. */
export interface Dialed {
  readonly wire: Wire;
  /** What the server showed, for test connection. */
  readonly certificate: PeerCertificate;
  /** The address that answered: a name may stand for many domain controllers. */
  readonly address: string;
}

/**
 * Connects and verifies the certificate before anything is sent. `ldap://` goes over to TLS by StartTLS (RFC 4511 4.14).
 * Throws TransientError when nobody answers in time, ConnectionError when the certificate does not fit.
 */
export async function dial(
  endpoint: Endpoint,
  dialing: Dialing,
  signal: AbortSignal,
  address = endpoint.host,
): Promise<Dialed> {
  const timeout = AbortSignal.timeout(dialing.connectTimeoutMs);
  const until = AbortSignal.any([signal, timeout]);
  let socket: Socket | undefined;
  try {
    socket = connectTcp({ host: address, port: endpoint.port, keepAlive: true, noDelay: true });
    await settled(socket, "connect", until);
    const peer = socket.remoteAddress ?? address;
    if (endpoint.startTls) socket = await askForTls(socket, endpoint, dialing, until);
    const secure = await secured(socket, endpoint, dialing, until);
    const wire = new Wire(secure.socket, endpoint.host, dialing.answerTimeoutMs);
    return { wire, certificate: secure.certificate, address: peer };
  } catch (error) {
    socket?.on("error", () => {});
    socket?.destroy();
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted) {
      const seconds = Math.round(dialing.connectTimeoutMs / 1000);
      throw new TransientError(`${endpoint.url} did not answer within ${seconds} s`, {
        outcome: "none",
        cause: error,
      });
    }
    if (error instanceof ConnectionError || error instanceof TransientError) throw error;
    throw unreachable(endpoint, error);
  }
}

async function askForTls(
  socket: Socket,
  endpoint: Endpoint,
  dialing: Dialing,
  signal: AbortSignal,
): Promise<Socket> {
  const plain = new Wire(socket, endpoint.host, dialing.answerTimeoutMs);
  const outcome = await plain.exchange(
    (messageId) => new ExtendedRequest({ messageId, oid: START_TLS }),
    signal,
  );
  if (outcome.code !== 0) {
    plain.close();
    const said = printable(outcome.diagnostic);
    throw new ConnectionError(`${endpoint.url} refuses StartTLS (LDAP result ${outcome.code}, ${said})`, {
      hint: "give the domain controller a certificate, or use ldaps://; Rollcall never logs in without TLS",
    });
  }
  return plain.release();
}

async function secured(
  socket: Socket,
  endpoint: Endpoint,
  dialing: Dialing,
  signal: AbortSignal,
): Promise<{ readonly socket: TLSSocket; readonly certificate: PeerCertificate }> {
  const name = dialing.serverName ?? endpoint.host;
  const tls = connectTls({
    socket,
    host: name,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ca: [...dialing.authorities],
    minVersion: "TLSv1.2",
    // Said here so that no variable of the environment can switch verification off.
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
  let certificate: PeerCertificate | undefined;
  // Before Node judges the certificate: afterwards a refused one can no longer be asked for, and the admin wants to know what it says.
  tls.prependOnceListener("secure", () => {
    certificate = tls.getPeerCertificate();
  });
  try {
    await settled(tls, "secureConnect", signal);
  } catch (error) {
    tls.on("error", () => {});
    tls.destroy();
    throw certificateProblem(endpoint, name, error, certificate) ?? error;
  }
  return { socket: tls, certificate: tls.getPeerCertificate() };
}

function settled(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => {
      socket.off(event, succeeded);
      socket.off("error", done);
      socket.off("close", closed);
      signal.removeEventListener("abort", aborted);
      if (error === undefined) resolve();
      else reject(error);
    };
    const succeeded = () => done();
    const closed = () => done(new Error("the connection was closed"));
    const aborted = () => done(signal.reason);
    socket.on(event, succeeded);
    socket.on("error", done);
    socket.on("close", closed);
    signal.addEventListener("abort", aborted);
    if (signal.aborted) aborted();
  });
}

function unreachable(endpoint: Endpoint, cause: unknown): TransientError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nobody listens there",
    ENOTFOUND: "its name is not known to DNS",
    EAI_AGAIN: "DNS does not answer",
    EHOSTUNREACH: "there is no route to it",
    ENETUNREACH: "there is no route to its network",
    ETIMEDOUT: "no answer",
    ECONNRESET: "it reset the connection",
    EPROTO: "it does not speak TLS there",
  };
  const reason = reasons[code] ?? (code === "" ? "the connection was closed" : code);
  return new TransientError(`${endpoint.url} cannot be reached: ${reason}`, {
    outcome: "none",
    cause,
    hint: `check that the domain controller runs and that this machine may connect to its port ${endpoint.port}; the next sync tries again`,
  });
}
