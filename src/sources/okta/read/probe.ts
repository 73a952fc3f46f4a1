import { ConfigurationError, CredentialsRefused, isRollcallError } from "../../../errors.ts";
import type { Finding } from "../../../scim/api.ts";
import { z } from "../../../zod.ts";
import type { OktaApi, Reply } from "../client/okta-api.ts";
import { OktaRefusal } from "../client/refusal.ts";
import { MissingScopes } from "../client/scopes.ts";
import { organisationOf } from "./organisation.ts";
import { iso, pathOf, type Reading } from "./reading.ts";
import { idOf } from "./record.ts";

/** Assertions and DPoP proofs are refused when clocks differ by more. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** With less a poll of a small organisation already waits. */
const FEW_REQUESTS = 30;

const me = z.looseObject({ profile: z.looseObject({ login: z.string() }) });

interface Check {
  readonly name: string;
  /** When only this right is missing. */
  readonly withoutIt?: { readonly ok: "warning"; readonly hint: string };
  run(reading: Reading, signal: AbortSignal): Promise<readonly Finding[]>;
}

const checks: readonly Check[] = [
  { name: "organisation", run: organisation },
  { name: "permission: people (okta.users.read)", run: people },
  { name: "permission: groups and members (okta.groups.read)", run: groups },
  {
    name: "permission: System Log (okta.logs.read)",
    withoutIt: {
      ok: "warning",
      hint: "without it people who are deleted are found by full reads only, and memberships by their groups' dates; grant okta.logs.read and a role that may view the log",
    },
    run: systemLog,
  },
];

/** Test connection: organisation, login and whose it is, each right, rate limits, clocks. Writes nothing. */
export async function probe(reading: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check.run(reading, signal)));
    } catch (error) {
      if (!isRollcallError(error) || error instanceof ConfigurationError) throw error;
      const isRight = error instanceof OktaRefusal && error.status === 403;
      const { ok = false, hint = error.hint } = (isRight ? check.withoutIt : undefined) ?? {};
      const isScope = error instanceof MissingScopes;
      const name = isScope
        ? "permission: scopes"
        : error instanceof CredentialsRefused
          ? "login"
          : check.name;
      findings.push({
        ok,
        check: name,
        message: error.message,
        ...(hint !== undefined && { hint }),
        ...(error instanceof CredentialsRefused && { refused: true }),
      });
      // Whatever else is wrong would be said again by each check that follows.
      if (!isRight) break;
    }
  }
  return findings;
}

async function organisation({ api }: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const { id } = await organisationOf(api, signal);
  return [{ ok: true, check: "organisation", message: `${api.host} is the Okta organisation ${id}` }];
}

async function people(reading: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const { api } = reading;
  const what = "listing people";
  const reply = await api.get(pathOf("/api/v1/users", { limit: 1 }), what, signal);
  const seen = api.items(reply, what).length > 0;
  const common = [await login(reading, signal), rateLimit(reading, reply), clocks(reading, reply)];
  const check = "permission: people (okta.users.read)";
  if (seen) return [...common, { ok: true, check, message: "people can be listed" }];
  return [
    ...common,
    {
      ok: false,
      check,
      message: `${api.host} shows nobody at all: most likely the account's role is limited to nobody`,
      hint: "give the account the role Read-only Administrator, not limited to groups",
    },
  ];
}

/** Whose the login is: that account must not be deactivated by us. */
async function login({ api, settings }: Reading, signal: AbortSignal): Promise<Finding> {
  const check = "login";
  if (settings.clientId !== undefined) {
    const bound = api.login.isBound ? "bound to its key (DPoP)" : "bearer tokens";
    const message = `logged in as the service application ${settings.clientId}, ${bound}`;
    return { ok: true, check, message };
  }
  const owner = (await ownerOf(api, signal)) ?? "an account that does not tell its name";
  return {
    ok: true,
    check,
    message: `logged in by an API token of ${owner}: it ends with that account, and after 30 days without use`,
  };
}

async function ownerOf(api: OktaApi, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { body } = await api.get("/api/v1/users/me", "asking whose the API token is", signal);
    return me.safeParse(body).data?.profile.login;
  } catch (error) {
    if (error instanceof OktaRefusal) return undefined;
    throw error;
  }
}

function rateLimit({ settings }: Reading, { headers }: Reply): Finding {
  const check = "rate limit";
  const limit = Number(headers.get("x-rate-limit-limit") ?? Number.NaN);
  if (!(limit > 0)) return { ok: "warning", check, message: "Okta does not tell its rate limits" };
  const ours = Math.floor(limit * settings.rateShare);
  const percent = Math.round(settings.rateShare * 100);
  const message = `${limit} requests a minute for lists of people, of which Rollcall uses ${ours} (${percent} %)`;
  if (ours >= FEW_REQUESTS) return { ok: true, check, message };
  return {
    ok: "warning",
    check,
    message,
    hint: "a full read will take long: raise rateShare, or the limit in Okta",
  };
}

function clocks({ api, clock }: Reading, { date }: Reply): Finding {
  const check = "clock";
  const differenceMs = Math.abs(date - clock.now());
  const message = `${api.host} and this machine differ by ${Math.round(differenceMs / 1000)} s`;
  if (differenceMs <= CLOCK_TOLERANCE_MS) return { ok: true, check, message };
  return {
    ok: "warning",
    check,
    message,
    hint: "synchronise this machine's clock: logins by private key are judged by it",
  };
}

async function groups({ api }: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const what = "listing groups";
  const reply = await api.get(pathOf("/api/v1/groups", { limit: 1 }), what, signal);
  const [first] = api.items(reply, what);
  if (first !== undefined) {
    const path = pathOf(`/api/v1/groups/${idOf(first)}/users`, { limit: 1 });
    await api.get(path, "listing the members of a group", signal);
  }
  const message = first === undefined ? "there are no groups to be seen" : "groups and members can be listed";
  return [{ ok: true, check: "permission: groups and members (okta.groups.read)", message }];
}

async function systemLog({ api, clock }: Reading, signal: AbortSignal): Promise<readonly Finding[]> {
  const path = pathOf("/api/v1/logs", { since: iso(clock.now() - 60_000), limit: 1 });
  await api.get(path, "reading the System Log", signal);
  return [
    { ok: true, check: "permission: System Log (okta.logs.read)", message: "the System Log can be read" },
  ];
}
