/** The shape of the configuration file. The descriptions are the manual that an editor shows on hover. */

import { duration } from "../duration.ts";
import { z } from "../zod.ts";
import { audit } from "./schema-audit.ts";
import { control } from "./schema-control.ts";
import { daemon, timezone, windows } from "./schema-daemon.ts";
import { canary, key, limits, protect } from "./schema-guards.ts";
import { channel, metrics } from "./schema-observe.ts";

const NAME_EXPECTED = 'expected a name of letters, digits, "-" and "_" (63 at most)';
/** Names of connections and targets are names of files below `state`, and must not run into each other there. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, { error: NAME_EXPECTED });

const expression = z
  .string({ error: "expected an expression" })
  .min(1, { error: "expected an expression" })
  .max(10_000, { error: "expected an expression of at most 10000 characters" });

const assigned = z
  .strictObject({
    groups: z.array(z.string().min(1)).min(1).optional().describe("Names or ids of groups of the directory."),
    transitive: z
      .boolean()
      .default(false)
      .describe("Members of groups inside these groups count too. Default: false, only direct members."),
    app: z.string().min(1).optional().describe("Id of the application in the directory (Entra ID, Okta)."),
  })
  .refine(({ groups, app }) => (groups === undefined) !== (app === undefined), {
    error: "expected either groups or app",
  });

const scope = z.strictObject({
  users: expression
    .optional()
    .describe(
      'Only people for whom this CEL expression is true are synchronised, e.g. user.department in ["Sales", "IT"]. ' +
        "An attribute that is absent makes a comparison false. Default: everybody whom the source does not leave out by itself.",
    ),
  groups: expression
    .optional()
    .describe(
      'Only groups for which this CEL expression is true are pushed, e.g. group.displayName.startsWith("app-"). It never limits what is read.',
    ),
  assigned: assigned
    .optional()
    .describe(
      "Only people who are assigned: members of these groups, or assigned to this application of the directory. Comes on top of `users`.",
    ),
  include: z
    .array(z.string())
    .default([])
    .describe(
      "Classes of objects that the source leaves out by default and this connection lets in, e.g. computers. The source lists its keys.",
    ),
});

const groups = z.strictObject({
  push: z.boolean().default(true).describe("Push groups and their members to the target. Default: true."),
  nested: z
    .enum(["flatten", "direct"])
    .default("flatten")
    .describe(
      "flatten (default): members of nested groups count as members; direct: only people who are members themselves.",
    ),
  removed: z
    .enum(["keep", "delete"])
    .default("keep")
    .describe(
      "A group that is gone or out of scope at the source: keep (default) or delete it at the target.",
    ),
  link: z
    .record(
      z.string().min(1),
      z.string().min(1, { error: "expected the id or name of a group at the target" }),
    )
    .optional()
    .describe(
      "Existing groups at the target that are taken over without an approval: group of the directory (name or id) to group at the target (id or name), " +
        "e.g. { Sales: 5f1c..., IT: Staff IT }. Where that group is missing, or two have the name, the group of the directory fails: a second one is never created. " +
        "For groups that have none yet; who is linked stays linked.",
    ),
});

const policy = z.strictObject({
  existingAccounts: z
    .enum(["review", "adopt", "leave"])
    .default("review")
    .describe(
      "An account at the target matches a person for the first time: review (default, waits for an approval), adopt, or leave it alone.",
    ),
  newUsers: z
    .enum(["active", "inactive"])
    .default("active")
    .describe("State of accounts that Rollcall creates, at creation only. Default: active."),
  whenDisabled: z
    .enum(["deactivate", "keep"])
    .default("deactivate")
    .describe(
      "A person is disabled or expired at the source: deactivate (default) the account, or keep it active. " +
        "Who loses the assignment (scope.assigned) by being disabled counts as disabled for as long as that lasts.",
    ),
  whenOutOfScope: z
    .enum(["deactivate", "delete", "keep"])
    .default("deactivate")
    .describe("A person falls out of scope: deactivate (default), delete, or keep the account."),
  whenDeleted: z
    .enum(["deactivate", "delete", "keep"])
    .default("deactivate")
    .describe("A person is deleted at the source: deactivate (default), delete, or keep the account."),
  deleteAfter: z
    .literal("never", { error: "expected never, or a duration such as 30d" })
    .or(duration)
    .default("never")
    .describe(
      "How long the account of a person who is gone from the directory stays, counted from its deactivation; then it is deleted, within the limit for deletions. " +
        "Never for people who are only disabled or out of scope. Who comes back in time gets the same account. At least 1d; needs whenDeleted: deactivate. Default: never.",
    ),
  rewriteExternalId: z
    .boolean()
    .default(false)
    .describe(
      "An account that is taken over carries the external id of another system: false (default) leaves it there, true replaces it by ours.",
    ),
  groups: groups.prefault({}).describe("What happens with groups."),
});

const pilot = z
  .strictObject({
    groups: z
      .array(z.string().min(1))
      .default([])
      .describe("Names or ids of groups of the directory; members of groups inside them count too."),
    users: z.array(z.string().min(1)).default([]).describe("People by login name, e-mail address or id."),
  })
  .refine(({ groups, users }) => groups.length + users.length > 0, {
    error: "expected at least one group or person (without a pilot, leave the key out)",
  });

const retry = z.strictObject({
  schedule: z
    .array(duration)
    .min(1, { error: "expected at least one duration" })
    .max(20, { error: "expected at most 20 durations" })
    .prefault(["6h", "12h", "24h"])
    .describe(
      "A person, group, reference or membership that the target refuses is tried again in the next cycle, then after each of these times, none " +
        "shorter than the one before; the last one repeats. Removals of access are tried at least once a day. Default: [6h, 12h, 24h].",
    ),
  giveUpAfter: duration
    .prefault("28d")
    .describe(
      "What has been refused for so long is given up: no longer tried, still listed. `rollcall retry`, or a change in the directory, brings it back. " +
        "Deactivations, deletions and removals of members are never given up, and nobody who waits for a licence is. Default: 28d.",
    ),
});

const connection = z.strictObject({
  source: z.string().describe("Name of one of the sources above."),
  target: z
    .string()
    .default("directory")
    .describe('Name of one of the targets above. Default: "directory", the embedded directory.'),
  mode: z
    .enum(["sync", "dry-run"])
    .default("sync")
    .describe(
      "sync (default), or dry-run: read, plan and record, write nothing. Switching to sync does what is pending.",
    ),
  every: duration
    .optional()
    .describe("Time from the start of one cycle to the next. Default: the setting at the top."),
  windows: windows
    .optional()
    .describe(
      'Cycles of the daemon begin only in minutes that one of these cron expressions means, e.g. ["* 6-22 * * 1-5"] for working days from 6:00 to 22:59. ' +
        "A cycle that was due outside begins, once, in the first minute inside. Nobody is switched off in between either. `rollcall sync` works at any time. Default: always.",
    ),
  timezone: timezone
    .optional()
    .describe(
      "Time zone of `windows`, e.g. Europe/London. Default: that of the machine (UTC in a container).",
    ),
  reconcile: z
    .literal("never", { error: "expected a duration such as 24h, or never" })
    .or(duration)
    .prefault("24h")
    .describe(
      "How often everything that the target holds is read and compared: what was changed there by hand is put right within the limits, the rest is reported. A duration, or never (then only `rollcall sync --reconcile` does it). Default: 24h.",
    ),
  scope: scope.prefault({}).describe("Who and what is synchronised."),
  pilot: pilot
    .optional()
    .describe(
      "Only these people are written, with their memberships: everybody else is worked out and shown by `rollcall plan`, and waits. " +
        "Who leaves the pilot keeps the account as it is. Without the key everybody in scope is written, within the limits.",
    ),
  mapping: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Mapping file, relative to this file. Default: the mapping that is built in for the source. A mapping that says `extends: default` changes single rows.",
    ),
  policy: policy.prefault({}).describe("What happens to accounts."),
  limits: limits
    .prefault({})
    .describe(
      "A class of changes over its limit is held for a person to approve; everything else goes on. Percentages are of what was managed when the window began.",
    ),
  retry: retry
    .prefault({})
    .describe(
      "When what the target refuses is tried again, and for how long. One bad object never stops a cycle.",
    ),
  protect: protect
    .prefault({})
    .describe(
      "Accounts that lock everybody out if they are lost, such as break-glass accounts: never taken over, renamed, switched off or deleted, and " +
        "their memberships are left as they are, whatever the directory says. Nobody can approve such a change: take the entry out first. " +
        "The account that our own token belongs to is protected by itself, where the target says which it is.",
    ),
  privilegedGroups: z
    .array(key)
    .default([])
    .describe(
      "Groups that give rights, by name or id in the directory. Each new member waits for a person's word, also when they come by way of another group. " +
        "Removals go on as usual, but the last active members are never taken out or switched off.",
    ),
  canary: canary
    .optional()
    .describe(
      "Somebody who must be in every full read. Where they are missing, the read counts as incomplete: nobody is removed, and the cycle fails.",
    ),
});

const section = z.looseObject({ type: z.string() });

/** The file as written, with defaults; sections of sources and targets are checked by their own definitions. */
export const configFile = z.strictObject({
  state: z
    .string()
    .min(1)
    .default("/var/lib/rollcall")
    .describe(
      "Folder for snapshots and the embedded directory; a local file system. Default: /var/lib/rollcall.",
    ),
  control: control.optional(),
  every: duration
    .prefault("40m")
    .describe("Time from the start of one cycle to the next, e.g. 90s, 40m, 2h. Default: 40m."),
  daemon: daemon
    .prefault({})
    .describe("`rollcall daemon`, the process that runs every connection by the clock."),
  metrics: metrics
    .optional()
    .describe(
      "Metrics for Prometheus and health checks of the daemon, by HTTP. Without the key nothing listens; `metrics: {}` takes 127.0.0.1:9464.",
    ),
  notify: z
    .record(name, channel)
    .default({})
    .describe(
      "Who is told by the daemon when something needs a person, by a name of your choice: webhooks and mails. Counts and dates, never names of people.",
    ),
  audit: audit.prefault({}).describe("The audit trail: how long it is kept, and where else it goes."),
  sources: z.record(name, section).describe("Directories that are read, by a name of your choice."),
  targets: z
    .record(name, section)
    .default({})
    .describe(
      'Applications that are written, by a name of your choice. Without any, "directory" is an embedded directory.',
    ),
  connections: z
    .record(name, connection)
    .refine((all) => Object.keys(all).length > 0, { error: "expected at least one connection" })
    .describe("What flows from which source into which target."),
});

export type ConfigFile = z.output<typeof configFile>;
export type ConnectionSection = ConfigFile["connections"][string];
