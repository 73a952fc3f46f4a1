import type { ConnectionConfig, Limits, Policy } from "../../../src/config/config.ts";
import type { Capabilities } from "../../../src/scim/api.ts";
import type { Random } from "../random.ts";

/** How long a call that nobody waits for any more may still take effect, and how long a look-up may lag behind, in ms. */
export const zombieMs = 60_000;
const longestLagMs = 25_000;

/** What the target is like; some services check nothing, some hide members, some list a member twice. */
export interface TargetKind {
  readonly capabilities: Capabilities;
  readonly duplicatesMembers: boolean;
  readonly honoursIfMatch: boolean;
  /** How long a look-up lags behind a write, in ms. */
  readonly lagMs: number;
}

/** What the directory is like. */
export interface DirectoryKind {
  /** Deletions leave a tombstone; otherwise nobody says anything, and the object is missing from the next full read. */
  readonly tombstones: boolean;
  /** Asked for an object that is gone, it only says that it shows none. */
  readonly hides: boolean;
  readonly pageSize: number;
  /** Its reads may leave things out and claim to be complete. */
  readonly lies: boolean;
}

export interface Settings {
  readonly people: number;
  readonly groups: number;
  readonly target: TargetKind;
  readonly directory: DirectoryKind;
  readonly policy: Policy;
  readonly limits: Limits;
  readonly cycles: number;
  /** When the faults have stopped, the target refuses somebody's removal for weeks. */
  readonly weeks: boolean;
}

/** Draws what a seed's world is like. */
export function drawSettings(random: Random): Settings {
  const crowd = random.chance(0.06);
  return {
    people: crowd ? random.between(24, 30) : random.between(2, 8),
    groups: random.between(1, 3),
    target: drawTarget(random),
    directory: {
      tombstones: random.chance(0.7),
      hides: random.chance(0.3),
      pageSize: random.pick([2, 5, 100]),
      lies: random.chance(0.4),
    },
    policy: drawPolicy(random),
    limits: drawLimits(random),
    cycles: random.between(7, 11),
    weeks: random.chance(0.06),
  };
}

function drawTarget(random: Random): TargetKind {
  const filter = random.pick([
    { user: ["externalId", "userName"], group: ["externalId", "displayName"] },
    { user: ["externalId", "userName"], group: ["externalId", "displayName"] },
    { user: ["userName"], group: ["displayName"] },
    { user: [], group: [] },
  ]);
  const membersReadable = random.chance(0.85);
  return {
    capabilities: {
      update: random.chance(0.75) ? "patch" : "put",
      filter,
      membersPerRequest: random.pick([1, 2, 100]),
      membersReadable,
      irreversibleDeactivation: false,
      delete: { user: true, group: true },
      rename: { user: true, group: true },
      settleMs: zombieMs + longestLagMs + 5_000,
      concurrency: random.between(1, 4),
      enforcesUniqueness: random.chance(0.8),
    },
    // One that hides its members and lists them as often as they are sent cannot be kept right by anybody.
    duplicatesMembers: membersReadable && random.chance(0.3),
    honoursIfMatch: random.chance(0.6),
    lagMs: random.chance(0.4) ? random.between(1_000, longestLagMs) : 0,
  };
}

function drawPolicy(random: Random): Policy {
  return {
    existingAccounts: random.pick(["review", "review", "adopt", "leave"]),
    newUsers: "active",
    whenDisabled: "deactivate",
    whenOutOfScope: random.chance(0.85) ? "deactivate" : "delete",
    whenDeleted: random.chance(0.8) ? "deactivate" : "delete",
    deleteAfterMs: undefined,
    rewriteExternalId: false,
    groups: {
      push: true,
      nested: random.chance(0.7) ? "flatten" : "direct",
      removed: random.chance(0.7) ? "keep" : "delete",
    },
  };
}

function drawLimits(random: Random): Limits {
  return {
    deactivations: 0.05,
    deletions: 0.05,
    memberRemovals: 0.1,
    identifierChanges: 0.05,
    clearedValues: 0.1,
    creations: 0.5,
    neverHoldBelow: random.pick([1_000, 1_000, 10, 2, 1]),
    windowMs: 24 * 3_600_000,
  };
}

const mapping = `
users:
  match: [externalId, userName]
  attributes:
    userName: user.login
    externalId: user.id
    displayName: user.name
    title: user.title
    'emails[type eq "work"].value': user.mail
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager': user.manager
    active: user.enabled
groups:
  match: [externalId, displayName]
  attributes:
    displayName: group.name
    externalId: group.id
`;

/** The connection that an admin would have written for such a world. `world` finds the world that source and target are of. */
export function connectionConfig(settings: Settings, world: number): ConnectionConfig {
  const where = "simulation";
  return {
    name: "staff",
    where,
    source: { name: "directory", type: "simulated", settings: { world }, where },
    target: { name: "application", type: "simulated", settings: { world }, where },
    mode: "sync",
    everyMs: 40 * 60_000,
    reconcileEveryMs: 24 * 3_600_000,
    scope: { include: [], users: { text: 'user.department != "out"', where } },
    mapping: { file: "mapping.yaml", text: mapping },
    policy: settings.policy,
    limits: settings.limits,
    retry: { waitsMs: [6 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000], giveUpAfterMs: 28 * 24 * 3_600_000 },
    protect: { users: [], groups: [] },
    privilegedGroups: [],
  };
}
