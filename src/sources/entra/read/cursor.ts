import { CursorLost } from "../../../errors.ts";
import { z } from "../../../zod.ts";
import type { Cursor } from "../../source.ts";
import { readCursor } from "../../stored-cursor.ts";

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

/** Throws CursorLost when the text is not one of ours, or was made on other ground. `root`: of the Graph that is asked now. */
export function placeOf(cursor: Cursor, now: Ground, root: string): Place {
  const found = readCursor(cursor, place);
  if (found.tenant !== now.tenant) throw new CursorLost("the cursor belongs to another tenant");
  if (found.selection !== now.selection) {
    throw new CursorLost("other properties are read than at the last time");
  }
  const isHere = (link: string) => URL.canParse(link) && new URL(link).origin === root;
  if (!isHere(found.users) || !isHere(found.groups)) {
    throw new CursorLost("Microsoft Graph is asked at another address than at the last time");
  }
  return found;
}
