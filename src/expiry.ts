/** What ends: secrets and certificates. Known by themselves, or because an admin wrote the day beside them. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dayStart } from "./secret.ts";

/** Something that ends, and with it the login or the connection. */
export interface Expiry {
  /** Where it stands in the configuration: "sources.entra.clientSecret"; for a server's certificate "targets.app". */
  readonly place: string;
  readonly what:
    | "secret" // its day is written beside it, or the service says so
    | "certificate" // ours, by which we log in
    | "server certificate"
    | "authority"; // of a CA file
  /** Which one, where a place has several: a host, a subject, a name of a file or variable. Never a value. */
  readonly name: string;
  /** Ms since 1970 UTC. */
  readonly endsAt: number;
}

const dayMs = 86_400_000;

/** So many days before the end it is said. */
const noticeDays = [30, 7, 1] as const;

/** Whole days until the end; negative once it is over. */
export function daysLeft({ endsAt }: Pick<Expiry, "endsAt">, now: number): number {
  return Math.floor((endsAt - now) / dayMs);
}

/** The nearest of the days of notice that has come: 30, 7, 1, or 0 once it is over; undefined while there is time. */
export function noticeDue(expiry: Pick<Expiry, "endsAt">, now: number): number | undefined {
  if (expiry.endsAt <= now) return 0;
  return noticeDays.toReversed().find((days) => expiry.endsAt - now <= days * dayMs);
}

/** "sources.entra.clientSecret: the secret expires on 2027-01-31 (in 7 days)" */
export function expiryText(expiry: Expiry, now: number): string {
  const { place, what, name, endsAt } = expiry;
  const on = new Date(endsAt).toISOString().slice(0, 10);
  const days = daysLeft(expiry, now);
  const of = name === "" ? "" : ` of ${name}`;
  const subject = what === "authority" ? `the authority ${name}` : `the ${what}${of}`;
  if (endsAt <= now) return `${place}: ${subject} expired on ${on}`;
  const left = days === 0 ? "within a day" : days === 1 ? "in 1 day" : `in ${days} days`;
  return `${place}: ${subject} expires on ${on} (${left})`;
}

/**
 * What the settings of a source, target or notification say by themselves: days written beside secrets, certificates and authorities in files
 * that are named there. A file that cannot be read is nobody's end: whoever uses it says so.
 */
export function expiriesIn(settings: unknown, place: string, now: number): readonly Expiry[] {
  if (Array.isArray(settings)) return settings.flatMap((each) => expiriesIn(each, place, now));
  if (typeof settings !== "object" || settings === null) return [];
  return [
    ...declared(settings, place),
    ...Object.entries(settings).flatMap(([key, value]: [string, unknown]) => [
      ...inFile(key, value, `${place}.${key}`, now),
      ...expiriesIn(value, `${place}.${key}`, now),
    ]),
  ];
}

function declared(settings: object, place: string): readonly Expiry[] {
  const { expires, env, file, credential } = settings as Readonly<Record<string, unknown>>;
  if (typeof expires !== "string") return [];
  const endsAt = dayStart(expires);
  const name = [env, file, credential].find((each) => typeof each === "string");
  return endsAt === undefined || name === undefined
    ? []
    : [{ place, what: "secret", name: String(name), endsAt }];
}

function inFile(key: string, value: unknown, place: string, now: number): readonly Expiry[] {
  if (key !== "ca" && key !== "certificate") return [];
  const { file } = (typeof value === "object" && value !== null ? value : {}) as { readonly file?: unknown };
  if (typeof file !== "string") return [];
  const found = certificatesIn(file).map(({ validTo, subject }) => ({
    endsAt: Date.parse(validTo),
    name: commonName(subject),
  }));
  const [first] = found.toSorted((a, b) => a.endsAt - b.endsAt);
  if (first === undefined) return [];
  if (key === "certificate") return [{ place, what: "certificate", ...first }];
  // A file of several may hold one that nobody needs any more; when the last good one ends, everything does.
  return found
    .filter(({ endsAt }) => found.length === 1 || endsAt > now)
    .map((each) => ({ place, what: "authority", ...each }));
}

function certificatesIn(file: string): readonly X509Certificate[] {
  try {
    const text = readFileSync(file, "utf8");
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return blocks.slice(0, 50).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** "Corp Root CA" of "C=GB\nO=Corp\nCN=Corp Root CA". */
function commonName(subject: string): string {
  return (/^(?:CN|O)=(.*)$/m.exec(subject.split("\n").toReversed().join("\n"))?.[1] ?? subject).slice(0, 100);
}
