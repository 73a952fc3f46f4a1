/** objectGUID: 16 bytes of which the first three fields are little-endian (MS-DTYP 2.3.4.2), written in lower case with dashes. */

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Position in the text of each byte on the wire. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
/** The same in hexadecimal digits, with the dashes in between. */
const DIGITS = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34] as const;

const HEX = Buffer.from("0123456789abcdef");
/** Filled for each GUID anew; the dashes stay. */
const scratch = Buffer.from("00000000-0000-0000-0000-000000000000");

/** Undefined unless there are exactly 16 bytes. */
export function guidOf(bytes: Buffer | undefined): string | undefined {
  if (bytes?.length !== 16) return undefined;
  for (let index = 0; index < DIGITS.length; index++) {
    const at = DIGITS[index] ?? 0;
    const byte = bytes[index] ?? 0;
    scratch[at] = HEX[byte >> 4] ?? 0;
    scratch[at + 1] = HEX[byte & 15] ?? 0;
  }
  return scratch.toString("latin1");
}

/** The bytes for a filter; undefined when the text is no GUID. Braces and capitals are taken too. */
export function guidBytes(text: string): Buffer | undefined {
  const canonical = text.toLowerCase().replace(/^\{(.*)\}$/, "$1");
  if (!FORM.test(canonical)) return undefined;
  const shown = Buffer.from(canonical.replaceAll("-", ""), "hex");
  return Buffer.from(ORDER.map((index) => shown[index] ?? 0));
}
