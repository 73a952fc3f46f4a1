import type { Transporter } from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { ConnectionError, CredentialsRefused, TransientError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { type Carrier, type Letter, LetterRefused, undelivered } from "./delivery.ts";

export interface MailOptions {
  readonly server: string;
  readonly port: number | undefined;
  /** starttls and implicit are insisted upon. */
  readonly tls: "starttls" | "implicit" | "none";
  readonly user: string | undefined;
  /** Read for each delivery, and tried in this order while the login is refused. */
  readonly passwords: (() => readonly Secret[]) | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly authorities: readonly string[] | undefined;
}

const longestMs = 20_000;

/** Mail by SMTP, plain text. nodemailer is loaded with the first one. */
export function mail(options: MailOptions): Carrier {
  return {
    async deliver(letter, signal) {
      const [first, ...others] = options.passwords?.() ?? [];
      let password = first;
      for (;;) {
        try {
          await send(options, password, letter, signal);
          return;
        } catch (error) {
          const next = error instanceof CredentialsRefused ? others.shift() : undefined;
          if (next === undefined) throw error;
          password = next;
        }
      }
    },
  };
}

async function send(
  options: MailOptions,
  password: Secret | undefined,
  letter: Letter,
  signal: AbortSignal,
): Promise<void> {
  const transport = await transportFor(options, password);
  const stop = () => transport.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await transport.sendMail(messageOf(options, letter));
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(options.server, error);
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

async function transportFor(
  options: MailOptions,
  password: Secret | undefined,
): Promise<Transporter<SMTPTransport.SentMessageInfo>> {
  const { createTransport } = await import("nodemailer");
  const { server, port, tls, user, authorities } = options;
  return createTransport({
    host: server,
    port: port ?? (tls === "implicit" ? 465 : 587),
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password.reveal() } }),
    tls: { minVersion: "TLSv1.2", rejectUnauthorized: true, ...(authorities && { ca: [...authorities] }) },
    connectionTimeout: longestMs,
    greetingTimeout: longestMs,
    socketTimeout: longestMs,
    dnsTimeout: longestMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** The same notice has the same Message-ID, so that a second delivery can be known. */
function messageOf({ from, to, server }: MailOptions, { id, title, text, body }: Letter) {
  return {
    from,
    to: [...to],
    subject: `[rollcall] ${title}`,
    text: `${text}\n`,
    messageId: `<${id}@${from.slice(from.indexOf("@") + 1) || server}>`,
    headers: {
      "auto-submitted": "auto-generated",
      "x-rollcall-event": String((JSON.parse(body) as { readonly event?: unknown }).event ?? ""),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** What a server answers may repeat what it was sent: of it only the code is kept. */
function refusal(server: string, error: unknown): Error {
  const { code, responseCode } = (error ?? {}) as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
  };
  const status = typeof responseCode === "number" ? ` (${responseCode})` : "";
  if (code === "EAUTH" && status !== "" && !status.startsWith(" (4"))
    return new CredentialsRefused(`${server} refuses the login${status}`, {
      cause: error,
      hint: "check user and password of this notification",
    });
  if (code === "ETLS")
    return new ConnectionError(`${server} offers no TLS`, {
      cause: error,
      hint: "take another port or tls: implicit; nothing is sent to another machine without TLS",
    });
  if (typeof responseCode === "number" && responseCode >= 500) {
    // Sender, receivers or text; 530: a login is wanted first (RFC 4954 6).
    const isOfTheLetter = (code === "EENVELOPE" || code === "EMESSAGE") && responseCode !== 530;
    const Refused = isOfTheLetter ? LetterRefused : ConnectionError;
    return new Refused(`${server} refuses the message${status}`, {
      cause: error,
      hint: "check from and to: the server may not relay for this sender",
    });
  }
  if (typeof responseCode === "number")
    return new TransientError(`${server} asks us to come later${status}`, { outcome: "none", cause: error });
  return undelivered(server, error);
}
