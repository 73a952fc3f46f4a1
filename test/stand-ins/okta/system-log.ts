import { createHash } from "node:crypto";
import type { Circumstances } from "./circumstances.ts";

export interface Target {
  readonly id: string;
  /** User, UserGroup, AppInstance, AppUser, ... */
  readonly type: string;
  readonly alternateId: string;
  readonly displayName: string;
  readonly detailEntry: null;
}

export interface LogEvent {
  readonly eventType: string;
  readonly displayMessage: string;
  readonly outcome: { readonly result: string; readonly reason: string | null };
  /** ISO time with milliseconds: when it happened. */
  readonly published: string;
  readonly target: readonly Target[];
  readonly uuid: string;
  readonly [rest: string]: unknown;
}

interface Kept {
  /** Milliseconds since 1970: when it happened, and when the log holds it. */
  readonly publishedAt: number;
  readonly persistedAt: number;
  readonly event: LogEvent;
}

export const dayMs = 86_400_000;
export const retentionMs = 90 * dayMs;

/** What happened, kept by the time at which it was written down, which is not always the order in which it happened. */
export class SystemLog {
  readonly #circumstances: Circumstances;
  /** By persistence; places of what was readable once never move. */
  readonly #kept: Kept[] = [];
  #silent = false;
  #lateMs = 0;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  /** Whatever is done meanwhile leaves no event, as changes by some imports. */
  silently<T>(act: () => T): T {
    const before = this.#silent;
    this.#silent = true;
    try {
      return act();
    } finally {
      this.#silent = before;
    }
  }

  /** Events of whatever is done meanwhile are persisted so much later. */
  late<T>(ms: number, act: () => T): T {
    this.#lateMs += ms;
    try {
      return act();
    } finally {
      this.#lateMs -= ms;
    }
  }

  tell(eventType: string, target: readonly Target[], result = "SUCCESS"): void {
    if (this.#silent) return;
    const publishedAt = this.#circumstances.now();
    const persistedAt = publishedAt + this.#circumstances.lags.logMs + this.#lateMs;
    let place = this.#kept.length;
    while (place > 0 && (this.#kept[place - 1]?.persistedAt ?? 0) > persistedAt) place -= 1;
    const event = this.#event(eventType, target, result, publishedAt);
    this.#kept.splice(place, 0, { publishedAt, persistedAt, event });
  }

  /** In the order of persistence, what was persisted at `since` or later and until now; places go on working as cursors. */
  *persisted(since: number, after: string | undefined): Generator<readonly [place: string, event: LogEvent]> {
    const now = this.#circumstances.now();
    const first = after === undefined ? 0 : Number(after) + 1;
    for (let place = first; place < this.#kept.length; place++) {
      const kept = this.#kept[place];
      if (kept === undefined || kept.persistedAt > now) return;
      if (kept.persistedAt >= since && kept.persistedAt >= now - retentionMs)
        yield [String(place), kept.event];
    }
  }

  /** What happened from `since` up to, not including, `until`, by the time at which it happened; only what is persisted by now. */
  published(since: number, until: number): LogEvent[] {
    const now = this.#circumstances.now();
    return this.#kept
      .filter(
        ({ publishedAt, persistedAt }) => publishedAt >= since && publishedAt < until && persistedAt <= now,
      )
      .sort((one, other) => one.publishedAt - other.publishedAt)
      .map(({ event }) => event);
  }

  /** The place of the last event that is persisted by now; undefined when there is none. */
  get end(): string | undefined {
    const now = this.#circumstances.now();
    const place = this.#kept.findLastIndex(({ persistedAt }) => persistedAt <= now);
    return place === -1 ? undefined : String(place);
  }

  #event(eventType: string, target: readonly Target[], result: string, publishedAt: number): LogEvent {
    const request = this.#circumstances.random.id("req");
    const place = {
      city: "Boardman",
      country: "United States",
      geolocation: { lat: 45.8491, lon: -119.7143 },
      postalCode: "97818",
      state: "Oregon",
    };
    return {
      actor: {
        alternateId: "admin@example.com",
        detailEntry: null,
        displayName: "Org Admin",
        id: "00uAdminOfTheStandIn",
        type: "User",
      },
      authenticationContext: {
        authenticationProvider: null,
        authenticationStep: 0,
        credentialProvider: null,
        credentialType: null,
        externalSessionId: `trs${request}`,
        interface: null,
        issuer: null,
      },
      client: {
        device: "Unknown",
        geographicalContext: place,
        id: null,
        ipAddress: "192.0.2.1",
        userAgent: { browser: "UNKNOWN", os: "Unknown", rawUserAgent: "stand-in" },
        zone: "null",
      },
      debugContext: { debugData: { requestId: request, requestUri: "/admin", url: "/admin?" } },
      displayMessage: eventType.replaceAll(/[._]/g, " "),
      eventType,
      legacyEventType: `legacy.${eventType}`,
      outcome: { reason: null, result },
      published: new Date(publishedAt).toISOString(),
      request: {
        ipChain: [{ geographicalContext: place, ip: "192.0.2.1", source: null, version: "V4" }],
      },
      securityContext: { asNumber: null, asOrg: null, domain: null, isProxy: null, isp: null },
      severity: result === "FAILURE" ? "WARN" : "INFO",
      target,
      transaction: { detail: {}, id: request, type: "WEB" },
      uuid: uuidOf(request),
      version: "0",
    };
  }
}

export function target(type: string, id: string, alternateId: string, displayName: string): Target {
  return { id, type, alternateId, displayName, detailEntry: null };
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}
