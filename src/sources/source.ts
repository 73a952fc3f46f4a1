/**
 * The contract of a source: a directory that is read, never written. It tells what it positively knows, page by page; what follows from
 * somebody's absence is for the reader of a complete read to conclude.
 */

import type { Clock } from "../clock.ts";
import type { Expiry } from "../expiry.ts";
import type { Log } from "../log.ts";
import type { Meter } from "../meter.ts";
import type { Finding } from "../scim/api.ts";
import type { Json, Kind } from "../scim/resource.ts";
import type { Refusals } from "../secret-in-use.ts";
import type { z } from "../zod.ts";

/** A person or group as the directory gives it: attribute -> value, several values as an array. No secrets, only selected attributes. */
export type SourceRecord = Readonly<Record<string, Json>>;

/**
 * How we know that somebody is gone. A tombstone, an honest "not found" by immutable id, and a place outside of what is read are proof;
 * "not-visible" never is (a directory hides what an account may not read): it is always held for a person.
 */
export type Evidence = "tombstone" | "not-found" | "moved-out" | "not-visible";

export type Change =
  /**
   * The whole record now. `memberOf`: groups that the object itself declares (AD's primary group), replaces what it declared before.
   * `cleared`: given where a read of everybody may tell of somebody again in part; what it tells of one who is there already is laid over what
   * it told before.
   */
  | {
      readonly type: "present";
      readonly kind: Kind;
      readonly id: string;
      readonly record: SourceRecord;
      readonly cleared?: readonly string[];
      readonly memberOf?: readonly string[];
    }
  /** Only these attributes changed; the rest stands. */
  | {
      readonly type: "changed";
      readonly kind: Kind;
      readonly id: string;
      readonly set: SourceRecord;
      readonly cleared: readonly string[];
      readonly memberOf?: readonly string[];
    }
  | { readonly type: "absent"; readonly kind: Kind; readonly id: string; readonly evidence: Evidence }
  /** `listed` slices of one group accumulate over pages; at `last` what was not listed is no member any more. */
  | {
      readonly type: "members";
      readonly group: string;
      readonly mode: "listed" | "add" | "remove";
      readonly ids: readonly string[];
      readonly last: boolean;
    };

/**
 * Where a read ended. `text` is opaque to everybody but the source; `selection` names the attributes that were asked for
 * (sorted, joined by ","): a poll with another selection needs a full read, which the caller decides.
 */
export interface Cursor {
  readonly text: string;
}

/**
 * What a read of everybody shows of one object, not taken apart yet. Whoever holds the same seal for the same id knows all that it says (of a group its
 * members as well), and need not open it: the seal is made of all that it is read from, and of how it is read.
 */
export interface Sealed {
  readonly type: "sealed";
  readonly kind: Kind;
  readonly id: string;
  readonly seal: string;
  /** What it says: of a group, as the beginning of its list. Throws what `poll` throws. */
  open(): readonly Change[];
}

/** The cursor comes with the last page only, after everything before it was yielded, and only if the protocol proves that the read was complete. */
export interface Page<C = Change> {
  readonly changes: readonly C[];
  readonly cursor?: Cursor;
}

export interface Source {
  /** For so long after somebody came, not to find them proves nothing: the service answers from copies that are late. Default: 0 ms. */
  readonly lateMs?: number;
  /** How often everything is to be read, as the settings say, ms. Default: once a day. */
  readonly fullEveryMs?: number;
  /** Names the directory itself (tenant, domain), not the server: the store is bound to it. Known after the first successful call. */
  identity(signal: AbortSignal): Promise<string>;
  /**
   * Without a cursor: everybody. The same change may come twice, in any order. Throws CursorLost when the directory no longer takes the
   * cursor (also when it silently answers with everything: then before anything was yielded).
   * Ending without a page that carries a cursor is a bug; an incomplete read throws TransientError or ConnectionError.
   */
  poll(cursor: Cursor | undefined, signal: AbortSignal): AsyncIterable<Page>;
  /** Like a poll without a cursor, for whoever remembers seals. */
  readonly everybody?: (signal: AbortSignal) => AsyncIterable<Page<Change | Sealed>>;
  /** One person or group now, with full record (and, for a group, its members), or why it is absent. The first change speaks of `id`. */
  read(kind: Kind, id: string, signal: AbortSignal): Promise<readonly Change[]>;
  /** The same of several whom nobody found, one after another in their order, where the service takes many questions in one request. */
  readonly readSeveral?: (
    objects: readonly { readonly kind: Kind; readonly id: string }[],
    signal: AbortSignal,
  ) => AsyncIterable<readonly Change[]>;
  /** Ids of people or groups that an admin may mean by `key` (id, login name, e-mail, DN, display name of a group). */
  find(kind: Kind, key: string, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Whom an admin means by these groups (names or ids) or this application: ids of people, and of groups whose members are meant. Each must be
   * there exactly once, or it throws ConfigurationError: nobody loses access because a name is wrong. Sources that know no applications leave
   * `app` to ConfigurationError.
   */
  assigned(
    to: { readonly groups: readonly string[] } | { readonly app: string },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Test connection: login, permissions, what is missing and how to grant it, expiry of certificates. Writes nothing. */
  probe(signal: AbortSignal): Promise<readonly Finding[]>;
  /**
   * When our login and the server's certificate end, as far as this source can tell beyond what its settings say: from what it has seen, and by
   * one question at most. Nothing where it cannot tell; throws like any read.
   */
  readonly expiries?: (signal: AbortSignal) => Promise<readonly Expiry[]>;
  close(): Promise<void>;
}

/** How a record looks to mapping and scope at one moment: derived attributes added, time-dependent ones evaluated. */
export interface View {
  readonly attributes: SourceRecord;
  /** When the view changes by itself (an account expires), ms since 1970; the store asks again then. */
  readonly dueAt?: number;
  /** Set when the person counts as disabled at the source: a short reason ("disabled", "expired 2026-11-01"). */
  readonly disabled?: string;
  /** When that happened, where the directory tells, ms since 1970 UTC. */
  readonly disabledAt?: number;
  /** Set when the record is out of scope unless the admin lets its class in: the key of `scope.include` and a sentence. */
  readonly excluded?: { readonly key: string; readonly reason: string };
}

export type AttributeType = "string" | "boolean" | "int" | "timestamp" | "list" | "reference";

/** What a source offers to a mapping. */
export interface AttributeInfo {
  readonly type: AttributeType;
  readonly description: string;
  /** Attributes of the wire that must be selected to derive this one; default: itself. */
  readonly needs?: readonly string[];
}

/**
 * What each `sources/<name>/description.ts` exports: all that checking a configuration and looking at stored records takes. The clients of the wire
 * are not loaded for that.
 */
export interface SourceDescription<Settings = unknown> {
  readonly type: string;
  /** "Active Directory" */
  readonly title: string;
  /** Schema of its section in the YAML (without `type`); secrets are `SecretReference`s there. */
  readonly settings: z.ZodType<Settings>;
  readonly attributes: {
    readonly user: Readonly<Record<string, AttributeInfo>>;
    readonly group: Readonly<Record<string, AttributeInfo>>;
  };
  /** Names that are not listed above may be used too (an extended schema); they are strings or lists (type dyn). */
  readonly openSchema: boolean;
  /** Why a mapping may not read an attribute (a secret; a value whose changes nobody reports); undefined when it may. */
  readonly refuses?: (kind: Kind, attribute: string) => string | undefined;
  /** Keys of `scope.include` that this source knows, with a sentence each. */
  readonly includes: Readonly<Record<string, string>>;
  /** Absolute URL of its default mapping (mapping.yaml beside it). */
  readonly mapping: URL;
  view(kind: Kind, record: SourceRecord, now: number): View;
}

/** What each `sources/<name>/index.ts` exports: one object, lazily imported, listed in sources/index.ts. */
export interface SourceDefinition<Settings = unknown> extends SourceDescription<Settings> {
  open(settings: Settings, context: SourceContext): Source | Promise<Source>;
}

export interface SourceContext {
  /** Name in the YAML. */
  readonly name: string;
  /** Attributes that mapping and scope read, plus what `View` needs is added by the source itself. */
  readonly select: { readonly user: readonly string[]; readonly group: readonly string[] };
  readonly log: Log;
  readonly clock: Clock;
  readonly meter?: Meter;
  readonly refusals?: Refusals;
}
