import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import type { Clock } from "../clock.ts";
import { ConfigurationError, ConnectionError, TransientError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { type Carrier, LetterRefused, undelivered } from "./delivery.ts";

export interface WebhookOptions {
  readonly url: string;
  /** Read for each delivery, so that a new one is used as soon as it lies there. Signed is with each, so that the receiver may know either. */
  readonly secrets: () => readonly Secret[];
  /** Where the secret stands in the configuration, for messages. */
  readonly place: string;
  /** PEM of all authorities to trust; undefined for those of Node. */
  readonly authorities: readonly string[] | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** For one delivery, all in all, in ms. */
const longestMs = 15_000;
const shortestSecret = 24;
const longestRetryAfterMs = 24 * 3_600_000;

/**
 * A signed POST as the Standard Webhooks specification has it (https://www.standardwebhooks.com): the receiver computes HMAC-SHA256 with the
 * shared key over `webhook-id.webhook-timestamp.body`, compares it with what stands after "v1," in webhook-signature (several while a key is
 * changed, with blanks between them), and refuses old timestamps and ids that it has seen.
 */
export function webhook(options: WebhookOptions): Carrier {
  const { url, authorities, clock } = options;
  const { host } = new URL(url);
  return {
    async deliver({ id, body }, signal) {
      const timestamp = String(Math.floor(clock.now() / 1000));
      const headers = {
        "content-type": "application/json",
        "user-agent": "rollcall",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": keysOf(options)
          .map((key) => signatureOf(key, id, timestamp, body))
          .join(" "),
      };
      const agent = new Agent({
        connect: { timeout: longestMs, minVersion: "TLSv1.2", ...(authorities && { ca: [...authorities] }) },
        connections: 1,
        pipelining: 0,
      });
      const until = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
      try {
        const answer = await request(url, {
          method: "POST",
          headers,
          body,
          dispatcher: agent,
          signal: until,
        });
        const retryAfter = answer.headers["retry-after"];
        // Nothing that the receiver says is of interest; what it says too much is not read.
        answer.body.on("error", () => {});
        answer.body.destroy();
        check(answer.statusCode, host, retryAfterMs([retryAfter].flat()[0], clock.now()));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ConnectionError || error instanceof TransientError) throw error;
        throw undelivered(host, error);
      } finally {
        await agent.destroy();
      }
    },
  };
}

/** "v1," and the base64 of the signature. */
function signatureOf(key: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** `whsec_` and base64, as the specification writes keys; anything else is the key as it stands. */
function keysOf({ secrets, place }: WebhookOptions): readonly Buffer[] {
  return secrets().map((secret) => {
    const text = secret.reveal().trim();
    const key = text.startsWith("whsec_") ? Buffer.from(text.slice(6), "base64") : Buffer.from(text, "utf8");
    if (key.length >= shortestSecret) return key;
    throw new ConfigurationError(`${place}: expected a key of at least ${shortestSecret} bytes`, {
      hint: "make one with: openssl rand -base64 32",
    });
  });
}

/** Refusals that would meet any other message as well: of the login, of the address, of the time. */
const ofTheReceiver: readonly number[] = [401, 403, 404, 408];

function check(status: number, host: string, retryAfter: number | undefined): void {
  if (status >= 200 && status < 300) return;
  if (status === 429 || status === 503)
    throw new TransientError(`${host} asks us to come later (${status})`, {
      outcome: "none",
      ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
    });
  if (status >= 500)
    throw new TransientError(`${host} failed to take the message (${status})`, { outcome: "unknown" });
  if (status >= 300 && status < 400)
    throw new ConnectionError(`${host} redirects (${status}); redirects are not followed`, {
      hint: "put the address where the receiver really is into url",
    });
  const Refused = status >= 400 && !ofTheReceiver.includes(status) ? LetterRefused : ConnectionError;
  throw new Refused(`${host} refuses the message (${status})`, {
    hint: "check url and secret, and the log of the receiver",
  });
}

/** RFC 9110 10.2.3. */
function retryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(longestRetryAfterMs, Math.max(0, ms));
}
