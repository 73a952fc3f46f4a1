import { ConfigurationError, CredentialsRefused, isRollcallError } from "../../../errors.ts";
import type { Finding } from "../../../scim/api.ts";
import { elements, member } from "../../../scim/path.ts";
import type { Kind } from "../../../scim/resource.ts";
import { grant } from "../client/refusal.ts";
import { HIDDEN } from "./read-one.ts";
import { asking, collection, permissions, type Reading } from "./reading.ts";

export interface Credentials {
  readonly clientId: string | undefined;
  /** When the certificate of the login ends, ms since 1970; undefined where the login is by other means. */
  readonly certificateEndsMs: () => number | undefined;
  /** How the client secrets of the login begin, as far as Graph shows it; undefined where the login is by other means. */
  readonly secretBeginnings: () => readonly string[] | undefined;
}

type Check = (reading: Reading, credentials: Credentials, signal: AbortSignal) => Promise<readonly Finding[]>;

const DAY_MS = 86_400_000;
const WARNING_DAYS = 30;

/** Test connection: login, then each permission by using it, then what is going to expire. Nothing is written. */
export async function probe(
  reading: Reading,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    try {
      findings.push(...(await check(reading, credentials, signal)));
    } catch (error) {
      signal.throwIfAborted();
      if (!isRollcallError(error) || error instanceof ConfigurationError) throw error;
      const isLogin = error instanceof CredentialsRefused;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      findings.push({
        ok: false,
        check: isLogin ? "login" : name,
        message: error.message,
        ...hint,
        ...(isLogin && { refused: true }),
      });
      // Every other question would be refused for the same reason.
      if (isLogin) return findings;
    }
  }
  return findings;
}

const checks: readonly (readonly [name: string, check: Check])[] = [
  ["login", login],
  [`permission: ${permissions.users}`, (reading, _, signal) => people(reading, signal)],
  [`permission: ${permissions.groups}`, (reading, _, signal) => groups(reading, signal)],
  ["deleted objects", (reading, _, signal) => deletedObjects(reading, signal)],
  ["credentials", expiries],
];

/** The organisation's name is a comfort, its id and our token are the proof: without the permission the name stays unknown. */
async function login(reading: Reading, _: Credentials, signal: AbortSignal): Promise<readonly Finding[]> {
  const { graph, tenantId } = reading;
  const answer = await graph.ask("/organization?$select=id,displayName", signal);
  if (answer.status === 403) {
    return [
      { ok: true, check: "login", message: `${graph.host}: logged in to the tenant ${tenantId}` },
      {
        ok: "warning",
        check: `permission: ${permissions.organization}`,
        message: "the organisation's name may not be read; nothing else needs this permission",
        hint: grant(permissions.organization),
      },
    ];
  }
  if (answer.status !== 200)
    throw graph.refusal(answer, { to: "name the organisation", permission: permissions.organization });
  const [organisation] = elements(answer.body?.["value"]);
  const id = member(organisation, "id");
  const name = member(organisation, "displayName");
  if (typeof id === "string" && id.toLowerCase() !== tenantId) {
    const message = `${graph.host} answers for the tenant ${id}, not for ${tenantId}`;
    return [{ ok: false, check: "login", message, hint: "correct tenantId or endpoints" }];
  }
  const message = `${graph.host}: logged in to ${typeof name === "string" ? name : "the organisation"} (tenant ${tenantId})`;
  return [{ ok: true, check: "login", message }];
}

async function people(reading: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const check = `permission: ${permissions.users}`;
  const entries = await sample(reading, "user", signal);
  if (entries.length === 0) {
    const hint = `check tenantId; ${grant(permissions.users)}`;
    return [{ ok: false, check, message: `the tenant ${reading.tenantId} shows nobody at all`, hint }];
  }
  const blind = entries.every((entry) => typeof member(entry, "accountEnabled") !== "boolean");
  if (blind) {
    return [
      {
        ok: false,
        check,
        message: "people are visible, but not whether their sign-in is blocked (accountEnabled)",
        hint: `User.ReadBasic.All is not enough: ${grant(permissions.users)}`,
      },
    ];
  }
  return [{ ok: true, check, message: "people can be read, with all properties that the mapping names" }];
}

async function groups(reading: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const check = `permission: ${permissions.groups}`;
  const found = await sample(reading, "group", signal);
  if (found.length === 0) return [{ ok: "warning", check, message: "the tenant shows no group" }];
  // A group that hides its members would be refused for the want of another permission.
  const id = member(
    found.find((each) => member(each, "visibility") !== HIDDEN),
    "id",
  );
  if (typeof id !== "string") return [{ ok: true, check, message: "groups can be read" }];
  await reading.graph.get(`/groups/${id}/members?$select=id&$top=1`, asking.group, signal);
  return [{ ok: true, check, message: "groups and their members can be read" }];
}

async function sample({ graph, select }: Reading, kind: Kind, signal: AbortSignal) {
  const names = select[kind].filter((name) => name !== "manager").map(encodeURIComponent);
  const path = `${collection(kind)}?$select=${names.join(",")}&$top=5`;
  return elements((await graph.get(path, asking[kind], signal))["value"]);
}

/** By them a full read knows a deletion for sure. */
async function deletedObjects({ graph }: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const kind of ["user", "group"] as const) {
    const permission = kind === "user" ? permissions.users : permissions.deletedGroups;
    const check = `deleted ${kind === "user" ? "people" : "groups"}: ${permission}`;
    const path = `/directory/deletedItems/microsoft.graph.${kind}?$select=id&$top=1`;
    const answer = await graph.ask(path, signal);
    if (answer.status === 200) {
      findings.push({ ok: true, check, message: `deleted ${kind}s can be told from hidden ones` });
    } else if (answer.status === 403) {
      const message = `deleted ${kind}s may not be looked up: those that a full read misses wait for a person to approve`;
      findings.push({ ok: "warning", check, message, hint: grant(permission) });
    } else throw graph.refusal(answer, { to: `look up deleted ${kind}s`, permission });
  }
  return findings;
}

/**
 * When our client secrets end, from the app registration: Graph tells name, end and beginning of each. Others, which nobody may use any more,
 * are nobody's worry. Undefined where the registration may not be read. https://learn.microsoft.com/graph/api/resources/passwordcredential
 */
export async function secretEnds(
  { graph }: Pick<Reading, "graph">,
  { clientId, secretBeginnings }: Pick<Credentials, "clientId" | "secretBeginnings">,
  signal: AbortSignal,
): Promise<readonly { readonly name: string; readonly endsAt: number }[] | undefined> {
  const beginnings = secretBeginnings();
  if (clientId === undefined || beginnings === undefined) return [];
  const filter = encodeURIComponent(`appId eq '${clientId}'`);
  const path = `/applications?$filter=${filter}&$select=id,displayName,passwordCredentials`;
  const answer = await graph.ask(path, signal);
  if (answer.status !== 200) return undefined;
  const [application] = elements(answer.body?.["value"]);
  const all = elements(member(application, "passwordCredentials"));
  const ours = all.filter((secret) => beginnings.includes(String(member(secret, "hint"))));
  return (ours.length > 0 ? ours : all).flatMap((secret) => {
    const endsAt = Date.parse(String(member(secret, "endDateTime")));
    const name = String(member(secret, "displayName") ?? "without a name").slice(0, 60);
    return Number.isNaN(endsAt) ? [] : [{ name, endsAt }];
  });
}

async function expiries(
  reading: Reading,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const now = reading.clock.now();
  const endMs = credentials.certificateEndsMs();
  if (endMs !== undefined) return [expiry("certificate", "the certificate", endMs, now)];
  const ends = await secretEnds(reading, credentials, signal);
  if (ends === undefined) {
    const message = "when the client secret expires is not known: the app registration may not be read";
    const check = `permission: ${permissions.applications}`;
    return [{ ok: "warning", check, message, hint: grant(permissions.applications) }];
  }
  return ends.map(({ name, endsAt }) => expiry("client secret", `the client secret "${name}"`, endsAt, now));
}

function expiry(check: string, what: string, endMs: number, now: number): Finding {
  const days = Math.floor((endMs - now) / DAY_MS);
  const on = new Date(endMs).toISOString().slice(0, 10);
  if (days > WARNING_DAYS) return { ok: true, check, message: `${what} is valid until ${on} (${days} days)` };
  return {
    ok: "warning",
    check,
    message: days < 0 ? `${what} expired on ${on}` : `${what} expires on ${on} (in ${days} days)`,
    hint: "make a new one and put it in place: it is read again for every login; from its end on nothing is synchronised",
  };
}
