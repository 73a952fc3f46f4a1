import { CursorLost } from "../errors.ts";
import type { z } from "../zod.ts";
import type { Cursor } from "./source.ts";

/** The place that a source wrote into its cursor. Throws CursorLost when the text is not one of this source and version. */
export function readCursor<Place>(cursor: Cursor, place: z.ZodType<Place>): Place {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cursor.text);
  } catch (cause) {
    throw new CursorLost("the stored cursor is not readable", { cause });
  }
  const result = place.safeParse(parsed);
  if (result.success) return result.data;
  throw new CursorLost("the stored cursor was written by another version", { cause: result.error });
}
