/** objectGUID: 16 bytes of which the first three fields are little-endian (MS-DTYP 2.3.4.2), written in lower case with dashes. */

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Position in the text of each byte on the wire. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Undefined unless there are exactly 16 bytes. */
export function guidOf(bytes: Buffer | undefined): string | undefined {
  if (bytes?.length !== 16) return undefined;
  const hex = Buffer.from(ORDER.map((index) => bytes[index] ?? 0)).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The bytes for a filter; undefined when the text is no GUID. Braces and capitals are taken too. */
export function guidBytes(text: string): Buffer | undefined {
  const canonical = text.toLowerCase().replace(/^\{(.*)\}$/, "$1");
  if (!FORM.test(canonical)) return undefined;
  const shown = Buffer.from(canonical.replaceAll("-", ""), "hex");
  return Buffer.from(ORDER.map((index) => shown[index] ?? 0));
}
