/** The keys by which others look at the worker, and by which it speaks up. */

import { secretReference } from "../secret.ts";
import { z } from "../zod.ts";

/** What persons can be told of. */
export const noticeEvents = [
  "quarantined",
  "quarantine-changed",
  "released",
  "held",
  "held-reminder",
  "removals-overdue",
  "not-run",
  "running-again",
  "expiry",
  "config-refused",
  "config-accepted",
] as const;

export type NoticeEvent = (typeof noticeEvents)[number];

const LISTEN_EXPECTED = "expected an address and port such as 127.0.0.1:9464 or [::]:9464";

const listen = z
  .string({ error: LISTEN_EXPECTED })
  .refine((text) => parseListen(text) !== undefined, { error: LISTEN_EXPECTED });

/** Host and port of "127.0.0.1:9464", "[::1]:9464"; undefined for anything else. Port 0 takes a free one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^(?:\[([0-9a-fA-F:]{2,39})\]|(\d{1,3}(?:\.\d{1,3}){3})|(localhost)):(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  const port = Number(found[4]);
  return port > 65_535 ? undefined : { host: found[1] ?? found[2] ?? "localhost", port };
}

const HOST_EXPECTED = "expected a host name without port, such as rollcall.corp.example";

export const metrics = z.strictObject({
  listen: listen
    .default("127.0.0.1:9464")
    .describe(
      "Address and port of /metrics, /livez, /readyz and /status.json. Default: 127.0.0.1:9464, this machine alone. " +
        "There is no login and no TLS: whoever reaches the address reads counts, names of connections and hosts, never people.",
    ),
  hosts: z
    .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, { error: HOST_EXPECTED }))
    .default([])
    .describe(
      "Names under which it may be asked besides localhost and plain addresses. Any other name in a request's Host line is refused, " +
        "so that no web page can read it through a browser on this machine.",
    ),
});

const events = z
  .array(z.enum(noticeEvents))
  .min(1)
  .optional()
  .describe("Only these are sent. Default: all of them.");

const ca = z
  .strictObject({ file: z.string().min(1) })
  .optional()
  .describe("Certificates (PEM) of an authority to trust besides those of this machine.");

const URL_EXPECTED = "expected an https URL such as https://hooks.example.com/rollcall";

const webhook = z.strictObject({
  type: z.literal("webhook").describe("A signed POST in JSON."),
  url: z
    .string()
    .refine((text) => isHook(text), {
      error: `${URL_EXPECTED}; http is for addresses of this machine (localhost, 127.0.0.1, ::1)`,
    })
    .describe("Where to send it: https, or http on this machine. Never a redirect."),
  secret: secretReference.describe(
    "Key of the signature (Standard Webhooks: webhook-signature, HMAC-SHA256). At least 24 characters, or whsec_ and base64.",
  ),
  events,
  ca,
});

function isHook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isThisMachine(hostname));
}

/** Written as an address, or as localhost: no other name is known to mean this machine. */
function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

const address = z
  .string({ error: "expected an e-mail address" })
  .regex(/^[^\s@<>"',;:\p{C}]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/u, {
    error: "expected an e-mail address",
  });

const mail = z
  .strictObject({
    type: z.literal("mail").describe("An e-mail by SMTP."),
    server: z
      .string()
      .regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: "expected a host name" })
      .describe("Host name of the mail server."),
    port: z.int().min(1).max(65_535).optional().describe("Default: 587, or 465 where tls is implicit."),
    tls: z
      .enum(["starttls", "implicit", "none"])
      .default("starttls")
      .describe(
        "starttls (default) and implicit are both insisted upon; none is for a mail server on this machine.",
      ),
    user: z.string().min(1).max(256).optional().describe("Login, where the server asks for one."),
    password: secretReference.optional().describe("Its password."),
    from: address.describe("Sender."),
    to: z.array(address).min(1).max(20).describe("Receivers."),
    events,
    ca,
  })
  .superRefine(({ tls, server, user, password }, context) => {
    if (tls === "none" && !isThisMachine(server))
      context.addIssue({
        code: "custom",
        path: ["tls"],
        message: "expected starttls or implicit: none is for a mail server on this machine",
      });
    if ((user === undefined) !== (password === undefined))
      context.addIssue({
        code: "custom",
        path: ["password"],
        message: "expected user and password together",
      });
  });

/** Who is told, by a name of one's choice. */
export const channel = z.discriminatedUnion("type", [webhook, mail], {
  error: ({ code }) => (code === "invalid_union" ? "expected webhook or mail" : undefined),
});

export type ChannelSection = z.output<typeof channel>;
