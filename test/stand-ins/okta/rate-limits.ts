/** Requests counted per endpoint in windows of a minute that begin with the first request, not with the clock's minute. */
export type Bucket =
  | "users"
  | "user"
  | "groups"
  | "group"
  | "group members"
  | "apps"
  | "logs"
  | "token"
  | "org"
  | "other";

/** Requests a minute of the whole organisation. */
export type Limits = Record<Bucket, number>;

/** As in recorded answers and published examples. */
export const recordedLimits: Readonly<Limits> = {
  users: 600,
  user: 2000,
  groups: 500,
  group: 1000,
  "group members": 1000,
  apps: 100,
  logs: 120,
  token: 150,
  org: 100,
  other: 1000,
};

export interface Standing {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds since 1970. */
  readonly reset: number;
  readonly exceeded: boolean;
}

const windowMs = 60_000;

export class RateLimits {
  /** May be changed at any time. */
  readonly limits: Limits;
  /** The part of every bucket that one token or app may use: a half, unless an administrator says otherwise. */
  share: number;
  /** Requests at the same time, of the whole organisation. */
  concurrent = 75;
  readonly #now: () => number;
  readonly #windows = new Map<string, { readonly endsAt: number; used: number }>();

  constructor(now: () => number, limits: Partial<Limits> = {}, share = 0.5) {
    this.#now = now;
    this.limits = { ...recordedLimits, ...limits };
    this.share = share;
  }

  /** Counts a request of `who`; beyond the limit it is to be refused. */
  take(bucket: Bucket, who: string): Standing {
    const now = this.#now();
    const key = `${bucket} ${who}`;
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      window = { endsAt: now + windowMs, used: 0 };
      this.#windows.set(key, window);
    }
    const limit = Math.max(1, Math.floor(this.limits[bucket] * this.share));
    const exceeded = window.used >= limit;
    if (!exceeded) window.used += 1;
    return { limit, remaining: limit - window.used, reset: Math.ceil(window.endsAt / 1000), exceeded };
  }

  /** The standing of a request that came while too many were under way: both numbers are 0, the time is a hint only. */
  crowded(): Standing {
    const reset = Math.ceil((this.#now() + windowMs) / 1000);
    return { limit: 0, remaining: 0, reset, exceeded: true };
  }
}
