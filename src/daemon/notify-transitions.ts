/** From how things are to what persons are told: only what changed since they were told last. Holds counts and dates, never names of people. */
import type { NoticeEvent } from "../config/schema-observe.ts";
import { type Expiry, expiryText, noticeDue } from "../expiry.ts";
import type { Quarantine } from "../store/quarantines.ts";

/** How one connection is. */
export interface Condition {
  readonly connection: string;
  /** False while its snapshot cannot be read: then only `lateSince` is known, and of nothing else is anything said or forgotten. */
  readonly isReadable: boolean;
  readonly quarantine: Pick<Quarantine, "reason" | "message" | "since" | "nextAttempt"> | undefined;
  readonly holds: readonly {
    readonly id: number;
    readonly class: string;
    readonly waiting: number;
    readonly openedAt: number;
  }[];
  /** Removals of access that are refused for more than a day. */
  readonly overdueRemovals: { readonly count: number; readonly oldest: number } | undefined;
  /** Set when three cycles in a row did not come to their end: when the last one did. */
  readonly lateSince: number | undefined;
}

/** What one notice says. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly connection: string | undefined;
  /** One line, for the subject of a mail. */
  readonly title: string;
  readonly text: string;
  /** What to type next. */
  readonly next: string | undefined;
}

/** What is said now, and what is remembered of it: subject -> value, undefined to forget it. */
export interface Said {
  readonly notices: readonly Notice[];
  readonly told: ReadonlyMap<string, string | undefined>;
}

type Told = ReadonlyMap<string, string>;

const dayMs = 86_400_000;

/** Of one connection. `told`: what was said of the subjects that begin with `subjectOf(connection)`. */
export function connectionNotices(condition: Condition, told: Told, now: number): Said {
  const said = new Map<string, string | undefined>();
  const notices = [
    ...(condition.isReadable ? snapshotNotices(condition, told, said, now) : []),
    ...lateNotices(condition, told, said),
  ];
  return { notices, told: said };
}

function snapshotNotices(condition: Condition, told: Told, said: Saying, now: number): Notice[] {
  return [
    ...quarantineNotices(condition, told, said),
    ...holdNotices(condition, told, said, now),
    ...removalNotices(condition, told, said, now),
  ];
}

/** Names of connections hold no blank. */
export function subjectOf(connection: string): string {
  return `connection ${connection} `;
}

type Saying = Map<string, string | undefined>;

function quarantineNotices({ connection, quarantine }: Condition, told: Told, said: Saying): Notice[] {
  const subject = `${subjectOf(connection)}quarantine`;
  const before = told.get(subject);
  if (quarantine?.reason === before) return [];
  said.set(subject, quarantine?.reason);
  if (quarantine === undefined)
    return [
      {
        event: "released",
        connection,
        title: `${connection}: out of quarantine`,
        text: "The connection works again; what was left is done by its cycles.",
        next: `rollcall status ${connection}`,
      },
    ];
  const again = new Date(quarantine.nextAttempt).toISOString().slice(0, 16).replace("T", " ");
  return [
    {
      event: before === undefined ? "quarantined" : "quarantine-changed",
      connection,
      title:
        before === undefined
          ? `${connection}: in quarantine`
          : `${connection}: still in quarantine, for another reason`,
      text: `${quarantine.message} (${quarantine.reason}). The next attempt is at ${again} UTC; a sync on demand works at any time.`,
      next: `rollcall test ${connection}`,
    },
  ];
}

function holdNotices({ connection, holds }: Condition, told: Told, said: Saying, now: number): Notice[] {
  const prefix = `${subjectOf(connection)}hold `;
  const open = new Map(holds.map((hold) => [`${prefix}${hold.id}`, hold]));
  for (const subject of told.keys())
    if (subject.startsWith(prefix) && !open.has(subject)) said.set(subject, undefined);
  const fresh = holds.filter(({ id }) => !told.has(`${prefix}${id}`));
  const old = holds.filter(({ id, openedAt }) => {
    const at = Number(told.get(`${prefix}${id}`) ?? Number.NaN);
    return now - openedAt >= dayMs && (now - at >= dayMs || at > now);
  });
  for (const { id } of [...fresh, ...old]) said.set(`${prefix}${id}`, String(now));
  return [
    ...(fresh.length === 0 ? [] : [heldNotice(connection, "held", fresh)]),
    ...(old.length === 0 ? [] : [heldNotice(connection, "held-reminder", old)]),
  ];
}

function heldNotice(connection: string, event: "held" | "held-reminder", holds: Condition["holds"]): Notice {
  const all = holds.reduce((sum, { waiting }) => sum + waiting, 0);
  const changes = all === 1 ? "1 change" : `${all} changes`;
  const wait = all === 1 ? "waits" : "wait";
  const classes = holds.map((hold) => `${hold.class}: ${hold.waiting}`).join(", ");
  const since = new Date(Math.min(...holds.map(({ openedAt }) => openedAt))).toISOString().slice(0, 10);
  return {
    event,
    connection,
    title:
      event === "held"
        ? `${connection}: ${changes} ${wait} for your word`
        : `${connection}: ${changes} still ${wait} for your word, since ${since}`,
    text: `Held, and not sent until a person approves: ${classes}. Everything else goes on.`,
    next: `rollcall held list ${connection}`,
  };
}

function removalNotices(
  { connection, overdueRemovals }: Condition,
  told: Told,
  said: Saying,
  now: number,
): Notice[] {
  const subject = `${subjectOf(connection)}removals`;
  const before = told.get(subject);
  if (overdueRemovals === undefined) {
    if (before !== undefined) said.set(subject, undefined);
    return [];
  }
  const at = Number(before ?? Number.NaN);
  if (at <= now && now - at < dayMs) return [];
  said.set(subject, String(now));
  const { count, oldest } = overdueRemovals;
  const since = new Date(oldest).toISOString().slice(0, 10);
  const removals = count === 1 ? "1 removal of access has" : `${count} removals of access have`;
  return [
    {
      event: "removals-overdue",
      connection,
      title: `${connection}: ${removals} been failing for more than a day`,
      text: `The target refuses to take access away, the oldest since ${since}. It is tried again every day; until then somebody keeps access whom the directory no longer gives it.`,
      next: `rollcall log ${connection} --failed`,
    },
  ];
}

function lateNotices({ connection, lateSince }: Condition, told: Told, said: Saying): Notice[] {
  const subject = `${subjectOf(connection)}late`;
  const before = told.get(subject);
  if ((lateSince === undefined) === (before === undefined)) return [];
  said.set(subject, lateSince === undefined ? undefined : String(lateSince));
  if (lateSince === undefined)
    return [
      {
        event: "running-again",
        connection,
        title: `${connection}: its cycles come to their end again`,
        text: "What was left in the meantime is done.",
        next: undefined,
      },
    ];
  const since = new Date(lateSince).toISOString().slice(0, 16).replace("T", " ");
  return [
    {
      event: "not-run",
      connection,
      title: `${connection}: no cycle has come to its end since ${since} UTC`,
      text: "Three cycles in a row failed or did not run: who joins, moves or leaves does not reach the target.",
      next: `rollcall status ${connection}`,
    },
  ];
}

export const expirySubject = "expiry ";

/**
 * Of secrets and certificates: each day of notice is said once, also when the worker was off on it; a new end is watched anew. What is not among them
 * is forgotten, unless they are not all: `isWhole` is false while a snapshot that holds some cannot be read.
 */
export function expiryNotices(
  expiries: readonly Expiry[],
  told: Told,
  { now, isWhole }: { readonly now: number; readonly isWhole: boolean },
): Said {
  const said = new Map<string, string | undefined>();
  const known = new Set<string>();
  const notices = expiries.flatMap((expiry): Notice[] => {
    const subject = `${expirySubject}${expiry.place} ${expiry.what} ${expiry.name}`;
    if (known.has(subject)) return [];
    known.add(subject);
    const due = noticeDue(expiry, now);
    const value = due === undefined ? undefined : `${expiry.endsAt} ${due}`;
    const before = told.get(subject);
    if (value === before) return [];
    said.set(subject, value);
    // Going back, because the clock was set back, is nothing to tell.
    const [endBefore, dueBefore] = (before ?? "").split(" ").map(Number);
    if (due === undefined || (endBefore === expiry.endsAt && due > (dueBefore ?? Number.POSITIVE_INFINITY)))
      return [];
    return [
      {
        event: "expiry",
        connection: undefined,
        title: expiryText(expiry, now),
        text:
          expiry.what === "server certificate"
            ? "Have it renewed by whoever runs the server: from its end on nothing is synchronised there."
            : "Make a new one and put it in place: it is read again for every cycle. From its end on nothing is synchronised there.",
        next: "rollcall test",
      },
    ];
  });
  if (isWhole) for (const subject of told.keys()) if (!known.has(subject)) said.set(subject, undefined);
  return { notices, told: said };
}

export const configSubject = "config";

/** Of the configuration file: `problem` is what is wrong with it since it was changed, by a digest; undefined while the file is in use as it is. */
export function configNotices(
  problem: { readonly digest: string; readonly count: number } | undefined,
  told: Told,
): Said {
  const before = told.get(configSubject);
  if (before === problem?.digest) return { notices: [], told: new Map() };
  const said = new Map([[configSubject, problem?.digest]]);
  if (problem === undefined)
    return {
      told: said,
      notices: [
        {
          event: "config-accepted",
          connection: undefined,
          title: "the changed configuration is in use",
          text: "It was refused before, and is taken now.",
          next: "rollcall status",
        },
      ],
    };
  const problems = problem.count === 1 ? "1 problem" : `${problem.count} problems`;
  return {
    told: said,
    notices: [
      {
        event: "config-refused",
        connection: undefined,
        title: `the changed configuration is refused: ${problems}`,
        text: "The worker goes on with the one before. A restart would fail.",
        next: "rollcall validate",
      },
    ],
  };
}
