import { z } from "../../../zod.ts";
import { OktaRefusal } from "../client/refusal.ts";
import { iso, pathOf, type Reading } from "./reading.ts";

/** Whom the System Log names, with the latest time (ms); what they are now is asked of the directory, never taken from an event. */
export interface Hints {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
  /** Address to ask for what comes after. */
  readonly next: string | null;
  /** The server's clock when the log was asked first, ms. */
  readonly date: number;
}

/** Everything that speaks of people, groups and memberships, also of those that a directory or HR system brought. */
const families = [
  ...["user.lifecycle.", "user.account.", "user.realm.", "group.lifecycle.", "group.profile."],
  ...["group.user_membership.", "system.import."],
];
const FILTER = families.map((family) => `eventType sw "${family}"`).join(" or ");
const LIMIT = 1000;

const logEvent = z.looseObject({
  eventType: z.string().default(""),
  published: z.string().nullish(),
  outcome: z.looseObject({ result: z.string().nullish() }).nullish(),
  target: z.array(z.looseObject({ id: z.string().nullish(), type: z.string().nullish() })).nullish(),
});

/**
 * The log from an address or from a time on (ms), to its end; undefined when the account may not read it. Without an end date it is the
 * one way of asking that misses nothing, ordered by when events were stored.
 * https://developer.okta.com/docs/reference/system-log-query/
 * Throws OktaRefusal with status 400 when the log reaches neither back to the address nor to `since`.
 */
export async function readHints(
  reading: Reading,
  from: { readonly log: string | null; readonly since: number },
  signal: AbortSignal,
): Promise<Hints | undefined> {
  const byTime = pathOf("/api/v1/logs", {
    since: iso(from.since),
    filter: FILTER,
    sortOrder: "ASCENDING",
    limit: LIMIT,
  });
  try {
    return await walk(reading, from.log ?? byTime, signal);
  } catch (error) {
    if (!(error instanceof OktaRefusal)) throw error;
    if (error.status === 403) return undefined;
    if (error.status !== 400 || from.log === null) throw error;
  }
  reading.log.warn({}, "Okta takes the log's cursor no more; its log is read by time instead");
  return await readHints(reading, { ...from, log: null }, signal);
}

/** Reading goes on without it. */
export function warnOfNoLog({ api, log }: Reading): void {
  log.warn(
    {},
    `the account may not read the System Log of ${api.host}: people who are deleted there are found by full reads only`,
  );
}

async function walk(reading: Reading, first: string, signal: AbortSignal): Promise<Hints> {
  const what = "reading the System Log";
  const found = { users: new Map<string, number>(), groups: new Map<string, number>() };
  let date: number | undefined;
  let next: string | null = first;
  for (let address = first; ; ) {
    const reply = await reading.api.get(address, what, signal);
    date ??= reply.date;
    const events = reading.api.items(reply, what);
    let latest = 0;
    for (const each of events) latest = Math.max(latest, note(each, found));
    next = reply.next ?? null;
    // There is always a next page. Whatever was stored after we began is for the next time, or a busy log would never end; the server's
    // clock comes in whole seconds.
    if (reply.next === undefined || events.length === 0 || latest >= date + 1000) break;
    address = reply.next;
  }
  return { ...found, next, date };
}

function note(raw: unknown, found: { users: Map<string, number>; groups: Map<string, number> }): number {
  const event = logEvent.safeParse(raw);
  if (!event.success) return 0;
  const { eventType, published, outcome, target } = event.data;
  const at = Date.parse(published ?? "") || 0;
  if (outcome?.result === "FAILURE") return at;
  const isMembership = eventType.startsWith("group.user_membership.");
  for (const { id, type } of target ?? []) {
    if (id == null || !/^[A-Za-z0-9]{1,64}$/.test(id)) continue;
    // A membership changes the group's list and nothing of the person.
    if (type === "User" && !isMembership) found.users.set(id, Math.max(at, found.users.get(id) ?? 0));
    if (type === "UserGroup") found.groups.set(id, Math.max(at, found.groups.get(id) ?? 0));
  }
  return at;
}
