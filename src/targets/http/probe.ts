/** Test connection: what a SCIM service answers, and whether that is what its profile says. Reads only. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { CredentialsRefused, ItemError, isRollcallError } from "../../errors.ts";
import type { Finding } from "../../scim/api.ts";
import { equals, query } from "../../scim/filter.ts";
import { elements, member, parsePath } from "../../scim/path.ts";
import type { Kind } from "../../scim/resource.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Client, Document } from "./client.ts";
import type { Exchange } from "./exchange.ts";
import { mostResources } from "./whole-list.ts";

const WARN_BEFORE_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;

export interface Probed {
  readonly client: Client;
  readonly profile: Profile;
  readonly exchange: Exchange;
  readonly clock: Clock;
}

/** One finding a check. After a failed login nothing more is asked: services lock accounts. */
export async function probe(probed: Probed, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const check = async (name: string, work: () => Promise<Finding>): Promise<boolean> => {
    const finding = await work().catch((error: unknown) => failed(name, error));
    findings.push(finding);
    return finding.ok !== false;
  };
  if (!(await check("login", () => users(probed, signal)))) return findings;
  await check("groups", () => groups(probed, signal));
  for (const kind of ["user", "group"] as const)
    for (const attribute of probed.profile.filter[kind])
      await check(`look-up of ${kind}s by ${attribute}`, () => lookUp(probed, kind, attribute, signal));
  await check("way of updating", () => update(probed, signal));
  const certificate = certificateFinding(probed);
  return certificate === undefined ? findings : [...findings, certificate];
}

async function users({ client }: Probed, signal: AbortSignal): Promise<Finding> {
  const total = totalOf(await page(client, "user", { startIndex: 1, count: 1 }, signal));
  const says =
    total === undefined ? "it does not say how many users it holds" : `it holds ${counted(total, "user")}`;
  return {
    ok: true,
    check: "login",
    message: `${client.service} accepts our token and answers SCIM 2.0; ${says}`,
  };
}

async function groups({ client, profile }: Probed, signal: AbortSignal): Promise<Finding> {
  const document = await page(client, "group", { startIndex: 1, count: 1 }, signal);
  const id = member(elements(member(document, "Resources"))[0], "id");
  if (!profile.membersReadable)
    return {
      ok: true,
      check: "groups",
      message: "groups can be read; their members cannot, the profile says so",
    };
  if (typeof id !== "string")
    return { ok: true, check: "groups", message: "groups can be read; there is none yet" };
  const call = {
    method: "GET",
    path: `/Groups/${encodeURIComponent(id)}`,
    kind: "group",
    to: "read a group",
    object: true,
  } as const;
  const shown = elements(member(await client.call(call, signal), "members")).length;
  return {
    ok: true,
    check: "groups",
    message: `groups can be read; the first one shows ${counted(shown, "member")}`,
  };
}

/** Asks for somebody who cannot exist: an empty list is the only right answer. */
async function lookUp(
  { client }: Probed,
  kind: Kind,
  attribute: string,
  signal: AbortSignal,
): Promise<Finding> {
  const about = { check: `look-up of ${kind}s by ${attribute}`, lookUp: { kind, attribute } };
  const filter = equals(parsePath(attribute).path?.text ?? attribute, randomUUID());
  const answer = await page(client, kind, { filter }, signal).catch((error: unknown) => {
    if (error instanceof ItemError) return error;
    throw error;
  });
  if (answer instanceof ItemError) {
    const beyond = answer.status === 400 ? ` with more than ${mostResources} ${kind}s` : "";
    return {
      ...about,
      ok: false,
      message: `${client.service} refuses to filter ${kind}s by ${attribute} (${answer.status}): matching by it will not work${beyond}`,
      hint: `leave ${attribute} out of match in the mapping, or match by an attribute that the service can filter`,
    };
  }
  const found = elements(member(answer, "Resources")).length;
  if (found === 0) return { ...about, ok: true, message: "works" };
  return {
    ...about,
    ok: "warning",
    message: `${client.service} ignores the filter: it answered ${counted(found, kind)} for a value that nobody has`,
    hint: `leave ${attribute} out of match, or every look-up reads the whole list`,
  };
}

async function update({ client, profile }: Probed, signal: AbortSignal): Promise<Finding> {
  const name = "way of updating";
  const call = {
    method: "GET",
    path: "/ServiceProviderConfig",
    kind: "user",
    to: "read its ServiceProviderConfig",
    object: true,
  } as const;
  const document = await client.call(call, signal).catch((error: unknown) => {
    if (signal.aborted || !isRollcallError(error)) throw error;
    return undefined;
  });
  const patch = member(member(document, "patch"), "supported");
  if (patch === undefined)
    return {
      ok: true,
      check: name,
      message: `${client.service} does not say what it supports; updates go by ${profile.update.toUpperCase()}`,
    };
  if (profile.update === "put" || patch === true || patch === "true")
    return { ok: true, check: name, message: `updates go by ${profile.update.toUpperCase()}` };
  return {
    ok: "warning",
    check: name,
    message: `${client.service} says that it does not support PATCH, which its profile uses`,
    hint: "if updates fail, set quirks: { update: put }",
  };
}

function certificateFinding({ exchange, clock }: Probed): Finding | undefined {
  const end = exchange.certificateEnd;
  if (end === undefined || Number.isNaN(end)) return undefined;
  const date = new Date(end).toISOString().slice(0, 10);
  const left = end - clock.now();
  if (left > WARN_BEFORE_MS) return { ok: true, check: "certificate", message: `valid until ${date}` };
  return {
    ok: "warning",
    check: "certificate",
    message: `the certificate of ${exchange.host} ends on ${date}, in ${counted(Math.max(0, Math.floor(left / DAY_MS)), "day")}`,
    hint: "have it renewed before that day",
  };
}

async function page(
  client: Client,
  kind: Kind,
  parameters: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<Document | undefined> {
  const excluded = kind === "group" ? { excludedAttributes: "members" } : {};
  const path = `${kind === "user" ? "/Users" : "/Groups"}${query({ ...parameters, ...excluded })}`;
  return client.call({ method: "GET", path, kind, to: `list ${kind}s`, object: false }, signal);
}

function counted(n: number, one: string): string {
  return `${n} ${one}${n === 1 ? "" : "s"}`;
}

function totalOf(document: Document | undefined): number | undefined {
  const total = member(document, "totalResults");
  return typeof total === "number" ? total : undefined;
}

function failed(check: string, error: unknown): Finding {
  if (!isRollcallError(error)) throw error;
  return {
    ok: false,
    check,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof CredentialsRefused && { refused: true }),
  };
}
