import { z } from "zod";
import { CursorLost } from "../../../errors.ts";
import type { Cursor } from "../../source.ts";

const place = z.strictObject({
  v: z.literal(1),
  tenant: z.string(),
  /** Properties that were asked for: links go on asking for these. */
  selection: z.string(),
  /** When the round began, ms since 1970. */
  at: z.number().int(),
  /** The deltaLinks. */
  users: z.string().min(1),
  groups: z.string().min(1),
});

/** Where a read ended. */
export type Place = z.infer<typeof place>;
/** What must be the same for a cursor to be good. */
export type Ground = Pick<Place, "tenant" | "selection">;

export function cursorOf(at: Place): Cursor {
  return { text: JSON.stringify(at) };
}

/** Throws CursorLost when the text is not one of ours, or was made on other ground. */
export function placeOf(cursor: Cursor, now: Ground): Place {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cursor.text);
  } catch (cause) {
    throw new CursorLost("the stored cursor is not readable", { cause });
  }
  const result = place.safeParse(parsed);
  if (!result.success) {
    throw new CursorLost("the stored cursor was written by another version", { cause: result.error });
  }
  if (result.data.tenant !== now.tenant) throw new CursorLost("the cursor belongs to another tenant");
  if (result.data.selection !== now.selection) {
    throw new CursorLost("other properties are read than at the last time");
  }
  return result.data;
}
