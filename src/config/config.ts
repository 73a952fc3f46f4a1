/** The configuration, normalised: every default filled in, every reference resolved to a name that exists. Secrets stay references. */
import type { Problem } from "../yaml/problem.ts";
import type { ChannelSection } from "./schema-observe.ts";

export interface Located {
  /** file:line:column where the admin wrote it. */
  readonly where: string;
}

/** A CEL expression as written. */
export interface Written extends Located {
  readonly text: string;
}

export interface NamedSection extends Located {
  readonly name: string;
  /** Key in the registry of sources or targets. */
  readonly type: string;
  /** Parsed by that definition's `settings` schema. */
  readonly settings: unknown;
}

/** Groups by name or id, or an application by id. */
export type Assignment =
  | { readonly groups: readonly string[]; readonly transitive: boolean }
  | { readonly app: string };

export interface Policy {
  readonly existingAccounts: "review" | "adopt" | "leave";
  readonly newUsers: "active" | "inactive";
  readonly whenDisabled: "deactivate" | "keep";
  readonly whenOutOfScope: "deactivate" | "delete" | "keep";
  readonly whenDeleted: "deactivate" | "delete" | "keep";
  /** People who are gone from the directory are deleted so long after their deactivation, in ms; undefined: never. */
  readonly deleteAfterMs: number | undefined;
  /** The external id of another system on an account that is taken over is replaced by ours. */
  readonly rewriteExternalId: boolean;
  readonly groups: {
    readonly push: boolean;
    readonly nested: "flatten" | "direct";
    readonly removed: "keep" | "delete";
    /** Group of the directory (name or id) -> existing group at the target (id or name). */
    readonly link?: Readonly<Record<string, string>> | undefined;
  };
}

/** A share of the managed objects, 0 to 1. */
export interface Limits {
  readonly deactivations: number;
  readonly deletions: number;
  readonly memberRemovals: number;
  readonly identifierChanges: number;
  readonly clearedValues: number;
  readonly creations: number;
  readonly neverHoldBelow: number;
  readonly windowMs: number;
}

/** People and groups by whatever they are known by. */
export interface Protect {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Who must be in every full read. */
export interface Canary {
  readonly user?: string;
  readonly group?: string;
}

/** When what the target refuses is tried again. */
export interface Retry {
  /** Waits after the retry in the next cycle, one after the other, in ms; the last one repeats. */
  readonly waitsMs: readonly number[];
  /** What fails for longer is no longer tried, in ms; removals are never given up. */
  readonly giveUpAfterMs: number;
}

/** The times at which scheduled cycles may begin. */
export interface Windows {
  /** Cron expressions of five fields; a minute that one of them means is inside. */
  readonly patterns: readonly string[];
  /** Name of the IANA database; undefined: that of the machine. */
  readonly timezone: string | undefined;
}

/** What concerns the daemon as a whole. */
export interface DaemonConfig {
  /** So many connections are worked on at once. */
  readonly cyclesAtOnce: number;
  /** How long what is under way may take to end by itself when the daemon is told to stop, ms. */
  readonly stopTimeoutMs: number;
}

/** How long the audit trail is kept, and where else it goes. */
export interface AuditConfig {
  /** Events older than that are dropped, ms; undefined: never. */
  readonly keepMs: number | undefined;
  readonly syslog?: SyslogConfig;
}

/** A log server that every event of the audit trail is sent to (RFC 5424). */
export interface SyslogConfig {
  readonly transport: "udp" | "tcp" | "tls" | "unix";
  /** Host and port; of a unix socket its path. */
  readonly host: string;
  readonly port: number;
  /** Number of RFC 5424 6.2.1. */
  readonly facility: number;
  /** Values of people go along, before and after. */
  readonly values: boolean;
  /** Authorities that sign the server's certificate, besides those of this machine. */
  readonly caFile: string | undefined;
  /** Longest time for one delivery. */
  readonly timeoutMs: number;
}

export interface ConnectionConfig extends Located {
  readonly name: string;
  readonly source: NamedSection;
  readonly target: NamedSection;
  readonly mode: "sync" | "dry-run";
  readonly everyMs: number;
  /** Without it a cycle may begin at any time. */
  readonly windows?: Windows;
  /** How often the target is read and compared as a whole; undefined: only when asked. */
  readonly reconcileEveryMs: number | undefined;
  readonly scope: {
    readonly users?: Written;
    readonly groups?: Written;
    /** Classes that the default scope leaves out (guests, rooms, shared mailboxes, ...) and this connection lets in. */
    readonly include: readonly string[];
    /** Only people who are assigned to an application, or are members of these groups. */
    readonly assigned?: Assignment;
  };
  /** Only these people are written: members of these groups (also of groups inside them), and who is named. */
  readonly pilot?: { readonly groups: readonly string[]; readonly users: readonly string[] };
  /** The mapping file's text, or undefined: the source's default mapping. */
  readonly mapping?: { readonly file: string; readonly text: string };
  readonly policy: Policy;
  readonly limits: Limits;
  readonly retry: Retry;
  /** Never taken over, renamed, switched off or deleted, and their memberships are left as they are. */
  readonly protect: Protect;
  /** Groups, by name or id, whose new members each need a person's word. */
  readonly privilegedGroups: readonly string[];
  readonly canary?: Canary;
}

/** The endpoint for metrics and health. */
export interface MetricsConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names that a request may ask for, besides localhost and plain addresses. */
  readonly hosts: readonly string[];
}

/** Who is told, by a name of the admin's choice. Paths of files are absolute. */
export type NotifyConfig = ChannelSection & { readonly name: string };

export interface Config {
  readonly file: string;
  /** SHA-256 over the text of the file and of every mapping file: names the configuration in runs and audit rows. */
  readonly digest: string;
  /** Absolute path. */
  readonly state: string;
  /** Absolute path of the control socket, where the admin chose one. */
  readonly control?: string;
  readonly audit: AuditConfig;
  readonly daemon: DaemonConfig;
  /** Undefined: nothing listens. */
  readonly metrics?: MetricsConfig;
  readonly notify?: readonly NotifyConfig[];
  readonly connections: readonly ConnectionConfig[];
  /** Legal but suspicious, as far as the files alone tell. */
  readonly warnings?: readonly Problem[];
}
