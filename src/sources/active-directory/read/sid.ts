/** objectSid (MS-DTYP 2.4.2.2): revision, count, 48-bit authority (big-endian), 32-bit sub-authorities (little-endian). */

export function sidOf(bytes: Buffer | undefined): string | undefined {
  const count = bytes?.[1];
  if (bytes === undefined || count === undefined || bytes.length !== 8 + 4 * count) return undefined;
  const parts: unknown[] = ["S", bytes[0], bytes.readUIntBE(2, 6)];
  for (let at = 8; at < bytes.length; at += 4) parts.push(bytes.readUInt32LE(at));
  return parts.join("-");
}

/** The bytes of a SID for a filter; the text comes from `sidOf`. */
export function sidBytes(sid: string): Buffer {
  const [revision = 1, authority = 0, ...subs] = sid.split("-").slice(1).map(Number);
  const bytes = Buffer.alloc(8 + 4 * subs.length);
  bytes.writeUInt8(revision, 0);
  bytes.writeUInt8(subs.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  for (const [index, sub] of subs.entries()) bytes.writeUInt32LE(sub, 8 + 4 * index);
  return bytes;
}

/** The last part: what an object is numbered within its domain. 500 is the first administrator, 513 Domain Users. */
export function ridOf(sid: string): number {
  return Number(sid.slice(sid.lastIndexOf("-") + 1));
}
