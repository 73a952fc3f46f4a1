/** Times as Active Directory writes them. */

const NEVER = 0x7fffffffffffffffn;
const TICKS_PER_MS = 10_000n;
/** Milliseconds from 1601-01-01 to 1970-01-01, both UTC. */
const EPOCH_MS = 11_644_473_600_000n;

/** Milliseconds since 1970 of a FILETIME (100 ns since 1601 UTC); undefined for 0 and the largest value, which both mean never. */
export function filetimeMs(text: string): number | undefined {
  if (!/^-?\d{1,20}$/.test(text)) return undefined;
  const ticks = BigInt(text);
  if (ticks <= 0n || ticks >= NEVER) return undefined;
  return Number(ticks / TICKS_PER_MS - EPOCH_MS);
}

/** ISO 8601 of a generalized time ("20261122081531.0Z", RFC 4517 3.3.13, with the offset that AD writes: Z); undefined for anything else. */
export function generalizedTimeIso(text: string): string | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,](\d{1,9}))?Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "0"] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}
