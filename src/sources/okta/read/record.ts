import { ProtocolError } from "../../../errors.ts";
import type { Json, Kind } from "../../../scim/resource.ts";
import { z } from "../../../zod.ts";
import type { SourceRecord } from "../../source.ts";
import { isInProfile } from "../attributes.ts";
import type { Settings } from "../config.ts";

/** Out of a JSON text, so what is in it is JSON: to look at every value again would take longer than all the rest of reading. */
const profile = z.custom<Readonly<Record<string, Json>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const wireUser = z.looseObject({
  id: z.string().min(1),
  status: z.string(),
  lastUpdated: z.string().nullish(),
  created: z.string().nullish(),
  activated: z.string().nullish(),
  statusChanged: z.string().nullish(),
  type: z.looseObject({ id: z.string() }).nullish(),
  realmId: z.string().nullish(),
  profile: profile.nullish(),
});

const wireGroup = z.looseObject({
  id: z.string().min(1),
  type: z.string(),
  created: z.string().nullish(),
  lastUpdated: z.string().nullish(),
  lastMembershipUpdated: z.string().nullish(),
  profile: profile.nullish(),
});

/** Statuses that let people log in, or would after a new password or an unlock. https://developer.okta.com/docs/reference/user-lifecycle/ */
const enabled = ["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY"];

export interface Person {
  readonly id: string;
  readonly record: SourceRecord;
  /** ms since 1970; 0 when the answer does not say. */
  readonly updatedAt: number;
}

export interface Group extends Person {
  readonly builtIn: boolean;
  readonly membersUpdatedAt: number;
}

/** A user as Okta sends it. Throws ConnectionError when it is none. */
export function personOf(raw: unknown, selection: readonly string[], statuses: Settings["statuses"]): Person {
  const user = parse(wireUser, raw, "user");
  const accountEnabled = isEnabled(user.status, statuses);
  const base: Record<string, Json | undefined> = {
    id: user.id,
    status: user.status,
    accountEnabled,
    // Since when they are off; of others it says nothing that anybody asks for.
    ...(accountEnabled ? {} : { statusChanged: user.statusChanged ?? null }),
    created: user.created ?? null,
    activated: user.activated ?? null,
    typeId: user.type?.id ?? null,
    realmId: user.realmId ?? null,
  };
  return {
    id: user.id,
    record: pick("user", base, user.profile ?? {}, selection),
    updatedAt: timeOf(user.lastUpdated),
  };
}

/** A group as Okta sends it. Throws ConnectionError when it is none. */
export function groupOf(raw: unknown, selection: readonly string[]): Group {
  const group = parse(wireGroup, raw, "group");
  const base = { id: group.id, type: group.type, created: group.created ?? null };
  return {
    id: group.id,
    record: pick("group", base, group.profile ?? {}, selection),
    builtIn: group.type === "BUILT_IN",
    updatedAt: timeOf(group.lastUpdated),
    membersUpdatedAt: timeOf(group.lastMembershipUpdated),
  };
}

const member = z.looseObject({ id: z.string().min(1) });

/** Who a member, or anything else with an id, is. */
export function idOf(raw: unknown): string {
  return parse(member, raw, "member").id;
}

function parse<T>(schema: z.ZodType<T>, raw: unknown, what: string): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join(".") ?? "";
  throw new ProtocolError(`Okta answered with a ${what} that is none (${path === "" ? "no object" : path})`, {
    hint: "check orgUrl: something else than Okta may answer there",
  });
}

/** A status that nobody has heard of lets nobody in. */
function isEnabled(status: string, statuses: Settings["statuses"]): boolean {
  if (status === "STAGED" || status === "ACTIVATING") return statuses.staged === "active";
  if (status === "PROVISIONED") return statuses.provisioned === "active";
  return enabled.includes(status);
}

/** What has no value is left out, so that "cleared" and "never there" look the same. */
function pick(
  kind: Kind,
  base: Readonly<Record<string, Json | undefined>>,
  profileValues: Readonly<Record<string, Json>>,
  selection: readonly string[],
): SourceRecord {
  const values = selection.flatMap((name) => {
    const from = isInProfile(kind, name) ? profileValues : base;
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}

function timeOf(text: string | null | undefined): number {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? 0 : time;
}
