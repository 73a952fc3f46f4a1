import { CursorLost } from "../../../errors.ts";
import type { Change, Cursor, Page } from "../../source.ts";
import { checkPlace, cursorOf, type Place, placeOf } from "./cursor.ts";
import { everybody } from "./everybody.ts";
import { groundOf, type Reading } from "./reading.ts";
import { changesSince } from "./since.ts";

const PAGE = 500;

/** One poll: pages of changes, the last of them with the cursor. `org` is asked for only where there is a cursor. */
export async function* pollOnce(
  reading: Reading,
  cursor: Cursor | undefined,
  org: () => Promise<string>,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  if (cursor === undefined) return yield* pages(everybody(reading, signal));
  const from = placeOf(cursor);
  checkPlace(from, groundOf(reading), reading.settings.fullEvery, reading.clock.now());
  if (from.org !== (await org())) throw new CursorLost("the cursor belongs to another organisation");
  yield* pages(changesSince(reading, from, signal));
}

async function* pages(changes: AsyncGenerator<Change, Place>): AsyncGenerator<Page> {
  let page: Change[] = [];
  try {
    for (;;) {
      const next = await changes.next();
      if (next.done === true) return yield { changes: page, cursor: cursorOf(next.value) };
      page.push(next.value);
      if (page.length < PAGE) continue;
      yield { changes: page };
      page = [];
    }
  } finally {
    // Ends the requests behind it also when the reader leaves early.
    await changes.return(undefined as never);
  }
}
