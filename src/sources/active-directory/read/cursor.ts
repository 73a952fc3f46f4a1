import { CursorLost } from "../../../errors.ts";
import { z } from "../../../zod.ts";
import type { Cursor } from "../../source.ts";
import { readCursor } from "../../stored-cursor.ts";

const base64 = z.base64();

/** Where the three streams of a DirSync read ended. */
const cookies = z.strictObject({ container: base64, group: base64, user: base64 });

const common = {
  v: z.literal(1),
  /** Of the domain. */
  sid: z.string(),
  /** As configured, normalised: another base needs a full read. */
  base: z.string(),
  /** DNS name and invocationId of the domain controller; a restored one has another invocationId. */
  dc: z.string(),
  invocationId: z.string(),
  /** Tried first next time, because only this domain controller takes the cursor. */
  url: z.string(),
};

const place = z.discriminatedUnion("mode", [
  z.strictObject({ ...common, mode: z.literal("dirsync"), cookies }),
  z.strictObject({ ...common, mode: z.literal("usn"), usn: z.string().regex(/^\d{1,20}$/) }),
]);

/** Where a read ended, and on which domain controller. */
export type Place = z.infer<typeof place>;
export type Cookies = z.infer<typeof cookies>;
/** What must be the same for a cursor to be good. */
export type Ground = Pick<Place, "sid" | "base" | "dc" | "invocationId">;

export function cursorOf(at: Place): Cursor {
  return { text: JSON.stringify(at) };
}

/** Throws CursorLost when the text is not one of ours. */
export function placeOf(cursor: Cursor): Place {
  return readCursor(cursor, place);
}

/** Throws CursorLost unless the cursor was made on this very ground; a cookie or number of another one means nothing here, or everything. */
export function checkGround(stored: Ground, now: Ground): void {
  if (stored.sid !== now.sid) throw new CursorLost("the cursor belongs to another domain");
  if (stored.base !== now.base) throw new CursorLost("the base DN was changed since the last read");
  if (stored.dc !== now.dc) {
    throw new CursorLost(`the last read was on the domain controller ${stored.dc}, this one is on ${now.dc}`);
  }
  if (stored.invocationId !== now.invocationId) {
    throw new CursorLost(`the domain controller ${now.dc} was restored from a backup since the last read`);
  }
}
