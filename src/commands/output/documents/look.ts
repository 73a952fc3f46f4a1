/** Documents of the commands that only look. */
import { z } from "../../../zod.ts";
import {
  approved,
  auditFields,
  comparison,
  count,
  counts,
  driftCounts,
  finding,
  holdWithWaiting,
  orphan,
  pause,
  protectedChanges,
  quarantineOrNull,
  run,
  text,
  textOrNull,
  time,
  timeOrNull,
  value,
  wideTotals,
  yesNo,
} from "./parts.ts";

const named = z.strictObject({ name: text, type: text });

const failingObject = z.strictObject({
  label: text,
  kind: z.enum(["user", "group", "reference", "membership"]),
  sourceId: text,
  why: text,
  since: timeOrNull,
  retryAt: timeOrNull,
  givenUp: timeOrNull.describe("since when it is no longer tried"),
});

const lastRun = z.strictObject({
  id: run,
  purpose: text,
  trigger: text,
  actor: text,
  startedAt: time,
  finishedAt: timeOrNull,
  read: z.enum(["full", "delta", "one", "none"]).nullable(),
  complete: z.int(),
  outcome: z.enum(["done", "failed", "held", "failing", "quarantined", "interrupted"]).nullable(),
  message: textOrNull,
  counts,
});

const connectionStatus = z.strictObject({
  connection: text,
  state: z.enum([
    ...(["ok", "running", "held", "failing", "waiting", "failed", "quarantined", "paused"] as const),
    ...(["interrupted", "never run"] as const),
  ]),
  mode: z.enum(["sync", "dry-run"]),
  source: named,
  target: named,
  lastRun: lastRun.nullable(),
  quarantine: quarantineOrNull,
  pause,
  restored: yesNo.describe("put back from a backup, and not everything was read and compared since"),
  users: wideTotals.optional(),
  groups: wideTotals.optional(),
  pending: count,
  doubt: count.describe("calls without an answer"),
  held: count,
  holds: z.array(holdWithWaiting),
  approved: z.array(approved),
  rejected: count,
  protected: protectedChanges,
  unknownEntries: z.array(text),
  failing: count,
  failingReferences: count,
  givenUp: count,
  seats: count.describe("people for whom the target has no licence left"),
  unresolved: count,
  oldestDeactivation: timeOrNull,
  outside: count.describe("outside the pilot"),
  grace: z.strictObject({ people: count, firstAt: time }).nullable(),
  retirement: z.strictObject({ since: time, actor: text, reason: text }).nullable(),
  drift: z
    .strictObject({ ...comparison, run, at: time, open: driftCounts, findings: z.array(finding) })
    .nullable(),
  failures: z.array(failingObject).describe("at most a hundred of each"),
  waitingForSeats: z.array(z.strictObject({ label: text, sourceId: text, since: timeOrNull })),
  next: text.describe("the next command to type"),
});

const daemon = z.strictObject({
  version: text,
  pid: count,
  startedAt: time,
  configurationSince: time,
  refused: z
    .strictObject({ at: time, message: text })
    .nullable()
    .describe("a changed configuration that is not in use, and why"),
  stopping: yesNo,
  connections: z.array(
    z.strictObject({
      connection: text,
      nextAt: timeOrNull,
      doing: z
        .strictObject({
          what: text,
          since: time,
          progress: z
            .strictObject({
              step: text,
              done: count.optional(),
              of: count.optional(),
              note: text.optional(),
            })
            .nullable(),
        })
        .nullable(),
      waiting: z.array(z.strictObject({ what: text, since: time })),
      busySince: timeOrNull.describe("another process has worked on it since then"),
    }),
  ),
});

export const lookDocuments = {
  Status: {
    from: "status",
    summary: "how each connection is; with --watch one document each time that something changed",
    fields: {
      at: time,
      daemon: daemon.nullable().describe("null: none runs"),
      connections: z.array(connectionStatus),
      orphans: z.array(orphan),
      expiries: z
        .array(
          z.strictObject({
            place: text.describe("where it stands in the configuration"),
            what: z.enum(["secret", "certificate", "server certificate", "authority"]),
            name: text,
            endsAt: time,
            daysLeft: z.int().describe("negative once it is over"),
          }),
        )
        .describe("secrets and certificates whose end is known, the next one first"),
      notifications: z.array(
        z.strictObject({
          channel: text,
          waiting: count,
          oldest: timeOrNull,
          deliveredAt: timeOrNull,
          failingSince: timeOrNull,
          problem: textOrNull,
          dropped: count.describe("given up after three days"),
        }),
      ),
    },
  },
  LogEntry: {
    from: "log",
    summary: "what was written to the target; one document an attempt or decision",
    fields: { connection: text, ...auditFields },
  },
  LogConfiguration: {
    from: "log --configuration",
    summary: "which configuration a connection worked with, and what changed in it",
    fields: {
      connection: text,
      current: z.strictObject({ digest: text, run, at: time, actor: text }).nullable(),
      changes: z.array(
        z.strictObject({
          seq: count,
          at: time,
          run,
          actor: text.describe("whose run worked with it first"),
          digest: textOrNull,
          settings: z.array(z.strictObject({ path: text, before: value, after: value })),
        }),
      ),
    },
  },
  LogVerification: {
    from: "log verify",
    summary: "whether somebody changed the audit trail",
    fields: {
      holds: yesNo,
      connections: z.array(
        z.strictObject({
          connection: text,
          hasRun: yesNo,
          firstBreak: count.nullable().describe("number of the first event that does not fit; null: none"),
          events: count,
          from: z
            .strictObject({ seq: count, at: time })
            .nullable()
            .describe("the oldest event that is there; null: there is none"),
          dropped: count.describe("older events whose time was over"),
          erased: count.describe("events of people who were forgotten"),
        }),
      ),
    },
  },
} as const;
