import { ConnectionError, CursorLost } from "../../../errors.ts";
import type { Change, Cursor, Page } from "../../source.ts";
import { checkGround, cursorOf, type Ground, type Place } from "./cursor.ts";
import * as dirSync from "./dirsync.ts";
import { invocationIdOf, type Reading } from "./reading.ts";
import * as usn from "./usn.ts";

/** Changes on a page. */
const PAGE = 500;
/** So many members weigh as much as one person. */
const MEMBERS = 10;

/** One poll over an open session: pages of changes, the last of them with the cursor. */
export async function* pollOnce(
  reading: Reading,
  from: Place | undefined,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const ground: Ground = {
    sid: reading.domainSid,
    base: reading.base.join(","),
    dc: reading.session.root.dnsHostName,
    invocationId: await invocationIdOf(reading.session, signal),
  };
  if (from !== undefined) checkGround(from, ground);
  const common = { v: 1, ...ground, url: reading.session.endpoint.url } as const;
  const changes = from === undefined ? everybody(reading, signal) : since(reading, from, signal);
  yield* pages(changes, (end) => cursorOf({ ...common, ...end }));
}

/** The part of a place that says how far a read came. */
type End =
  | Pick<Extract<Place, { mode: "dirsync" }>, "mode" | "cookies">
  | Pick<Extract<Place, { mode: "usn" }>, "mode" | "usn">;

async function* since(
  reading: Reading,
  from: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], End> {
  if (from.mode === "usn") {
    const reached = yield* usn.readChanges(reading, BigInt(from.usn), signal);
    return { mode: "usn", usn: String(reached) };
  }
  try {
    return { mode: "dirsync", cookies: yield* dirSync.readChanges(reading, from.cookies, signal) };
  } catch (error) {
    // The right was taken away between two reads: what is left is a full read without it.
    if (error instanceof dirSync.DirSyncRefused) throw new CursorLost(error.message, { cause: error });
    throw error;
  }
}

/** By DirSync where the account may, else by uSNChanged; refused if there is nobody at all. */
async function* everybody(reading: Reading, signal: AbortSignal): AsyncGenerator<readonly Change[], End> {
  const count = { present: 0 };
  let end: End;
  try {
    end = { mode: "dirsync", cookies: yield* counted(dirSync.readAll(reading, signal), count) };
  } catch (error) {
    if (!(error instanceof dirSync.DirSyncRefused)) throw error;
    // A lasting condition, which test connection reports with the way to mend it: no news in every run.
    reading.log.info(
      { reason: error.message },
      "DirSync cannot be used; changes are followed by uSNChanged instead",
    );
    end = { mode: "usn", usn: String(yield* counted(usn.readAll(reading, signal), count)) };
  }
  if (count.present === 0) throw nobody(reading);
  return end;
}

async function* counted<R>(
  changes: AsyncGenerator<readonly Change[], R>,
  count: { present: number },
): AsyncGenerator<readonly Change[], R> {
  try {
    for (;;) {
      const next = await changes.next();
      if (next.done === true) return next.value;
      for (const { type } of next.value) if (type === "present") count.present += 1;
      yield next.value;
    }
  } finally {
    // Ends the search behind it also when the reader leaves early.
    await changes.return(undefined as never);
  }
}

async function* pages<R>(
  changes: AsyncGenerator<readonly Change[], R>,
  cursor: (end: R) => Cursor,
): AsyncGenerator<Page> {
  let page: Change[] = [];
  let weight = 0;
  try {
    for (;;) {
      const next = await changes.next();
      if (next.done === true) {
        yield { changes: page, cursor: cursor(next.value) };
        return;
      }
      for (const change of next.value) {
        page.push(change);
        weight += change.type === "members" ? 1 + change.ids.length / MEMBERS : 1;
        if (weight < PAGE) continue;
        yield { changes: page };
        page = [];
        weight = 0;
      }
    }
  } finally {
    await changes.return(undefined as never);
  }
}

/** Active Directory hides what an account may not read, and calls the empty answer a success. */
function nobody(reading: Reading): ConnectionError {
  return new ConnectionError(
    `the directory answered with nobody at all below ${reading.baseDn} (result 0): most likely ${reading.bindDn} may not read there`,
    { hint: `let the account list and read ${reading.baseDn} and everything below it, or correct baseDn` },
  );
}
