import { ConnectionError, CursorLost, ProtocolError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import { DirSyncControl, ExtendedDnControl, ShowDeletedControl } from "../client/controls.ts";
import type { Entry } from "../client/entry.ts";
import { type Outcome, resultCode, searchFailed } from "../client/result-code.ts";
import { searchOnce } from "../client/search.ts";
import type { Cookies } from "./cursor.ts";
import { DirSyncAnswers } from "./dirsync-answers.ts";
import { memberChanges } from "./members.ts";
import { filterFor, identify, type ObjectKind } from "./objects.ts";
import { readAgain, readBelow } from "./objects-now.ts";
import type { Reading } from "./reading.ts";

/** The account may not replicate changes: the caller goes on by uSNChanged. */
export class DirSyncRefused extends ConnectionError {}

const NOTHING = Buffer.alloc(0);

/**
 * Everybody, by DirSync with empty cookies. Three streams, because an incremental answer does not repeat of what class an object
 * is. Containers first: a container that moves later than its stream ended is reported next time.
 */
export async function* readAll(
  reading: Reading,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], Cookies> {
  const answers = new DirSyncAnswers(reading, "listed");
  const container = await drained(rounds(reading, "container", NOTHING, signal), () => {});
  const group = yield* stream(reading, answers, "group", NOTHING, signal);
  yield [...answers.groups].flatMap((id) => memberChanges(id, "listed", [], true));
  const user = yield* stream(reading, answers, "user", NOTHING, signal);
  yield* readAgain(reading, answers.again, signal);
  return encoded(container, group, user);
}

/** What changed since the cookies. Throws CursorLost when they are refused, or answered with everything. */
export async function* readChanges(
  reading: Reading,
  since: Cookies,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], Cookies> {
  const answers = new DirSyncAnswers(reading, "delta");
  const containers: string[] = [];
  // Read to its end before anything is yielded: that an answer holds the whole directory shows here first.
  const container = await drained(
    rounds(reading, "container", decoded(since.container), signal),
    (entries) => {
      for (const entry of entries)
        if (answers.isMovedContainer(entry)) containers.push(identify(reading, entry).id);
    },
  );
  const group = yield* stream(reading, answers, "group", decoded(since.group), signal);
  const user = yield* stream(reading, answers, "user", decoded(since.user), signal);
  yield* readAgain(reading, answers.again, signal);
  for (const id of containers) yield* readBelow(reading, id, signal);
  return encoded(container, group, user);
}

/** Whether the account may use DirSync at all; for test connection. */
export async function mayUseDirSync(reading: Reading, signal: AbortSignal): Promise<boolean> {
  const answer = rounds(reading, "container", NOTHING, signal);
  try {
    await drained(answer, () => {});
    return true;
  } catch (error) {
    if (error instanceof DirSyncRefused) return false;
    throw error;
  }
}

async function* stream(
  reading: Reading,
  answers: DirSyncAnswers,
  kind: Kind,
  cookie: Buffer,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], Buffer> {
  const answer = rounds(reading, kind, cookie, signal);
  try {
    for (;;) {
      const next = await answer.next();
      if (next.done === true) return next.value;
      const changes: Change[] = [];
      for (const entry of next.value) changes.push(...(await answers.changes(kind, entry, signal)));
      yield changes;
    }
  } finally {
    await answer.return(NOTHING);
  }
}

/** The entries of one stream over as many rounds as the server wants; returns the cookie for next time. */
async function* rounds(
  reading: Reading,
  kind: ObjectKind,
  cookie: Buffer,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[], Buffer> {
  let next = cookie;
  for (;;) {
    const dirSync = new DirSyncControl(next);
    const outcome = yield* searchOnce(
      reading.session,
      {
        base: reading.namingContext,
        scope: "sub",
        filter: filterFor(kind),
        attributes: attributesOf(reading, kind),
        controls: [dirSync, new ExtendedDnControl(), new ShowDeletedControl()],
        what: `reading changes of ${kind}s`,
      },
      signal,
    );
    if (outcome.code !== resultCode.success) throw refusal(reading, kind, outcome, next);
    if (dirSync.answer === undefined || dirSync.answer.cookie.length === 0) {
      throw new ProtocolError(`${reading.session.host} answered a DirSync search without a cookie`);
    }
    const { moreResults, cookie: given } = dirSync.answer;
    if (!moreResults) return given;
    if (given.equals(next))
      throw new ConnectionError(`${reading.session.host} repeats the same DirSync round for ever`);
    next = given;
  }
}

function attributesOf(reading: Reading, kind: ObjectKind): readonly string[] {
  const always = ["objectGUID", "objectClass", "isDeleted", "name"];
  if (kind === "container") return always;
  const names = new Set([...always, "objectSid", ...(kind === "group" ? ["member"] : ["primaryGroupID"])]);
  for (const { name } of reading.select[kind].values()) names.add(name);
  return [...names];
}

function refusal(reading: Reading, kind: ObjectKind, outcome: Outcome, cookie: Buffer): Error {
  const { host } = reading.session;
  const isFirst = cookie.length === 0;
  if (outcome.code === resultCode.insufficientAccessRights && isFirst) {
    return new DirSyncRefused(`${host}: ${reading.bindDn} has not the right "Replicating Directory Changes"`);
  }
  if (outcome.code === resultCode.unavailableCriticalExtension && isFirst) {
    return new DirSyncRefused(`${host} does not offer DirSync`);
  }
  const { code } = outcome;
  if (code === resultCode.insufficientAccessRights) {
    return new CursorLost(`${host}: ${reading.bindDn} has lost the right "Replicating Directory Changes"`);
  }
  const refused =
    code === resultCode.unavailableCriticalExtension ||
    code === resultCode.protocolError ||
    code === resultCode.unwillingToPerform ||
    outcome.diagnostic.includes("0000203D");
  if (refused && !isFirst)
    return new CursorLost(`${host} does not take the stored cookie any more (LDAP result ${code})`);
  return searchFailed(host, `reading changes of ${kind}s`, outcome);
}

async function drained<T, R>(from: AsyncGenerator<T, R>, each: (item: T) => void): Promise<R> {
  for (;;) {
    const next = await from.next();
    if (next.done === true) return next.value;
    each(next.value);
  }
}

function encoded(container: Buffer, group: Buffer, user: Buffer): Cookies {
  const text = (cookie: Buffer): string => cookie.toString("base64");
  return { container: text(container), group: text(group), user: text(user) };
}

function decoded(cookie: string): Buffer {
  return Buffer.from(cookie, "base64");
}
