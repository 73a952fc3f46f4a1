import { PresenceFilter } from "ldapts";
import type { Clock } from "../../../clock.ts";
import { ConfigurationError, CredentialsRefused, isRollcallError } from "../../../errors.ts";
import type { Finding } from "../../../scim/api.ts";
import { dayOf, namesOf } from "../client/certificate.ts";
import { ExtendedDnControl, ShowDeletedControl } from "../client/controls.ts";
import type { Dialing } from "../client/dial.ts";
import type { Endpoint } from "../client/endpoint.ts";
import { resultCode } from "../client/result-code.ts";
import { collectPage, firstPage, type Search } from "../client/search.ts";
import { type Login, Session } from "../client/session.ts";
import { mayUseDirSync } from "./dirsync.ts";
import { generalizedTimeIso } from "./filetime.ts";
import { filterFor } from "./objects.ts";
import { attributesNow } from "./objects-now.ts";
import { invocationIdOf, prepare, type Reading, type ReadingOptions } from "./reading.ts";

const DAY_MS = 86_400_000;
const CERTIFICATE_WARNING_DAYS = 30;
/** Kerberos' own tolerance; certificates and expiry dates are judged by clocks too. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Test connection: each domain controller, then, on the first that works, what the account may do. */
export async function probe(
  endpoints: readonly Endpoint[],
  dialing: Dialing,
  login: Login,
  options: ReadingOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let session: Session | undefined;
  try {
    for (const endpoint of endpoints) {
      const opened = await attempt(findings, "domain controller", () =>
        Session.open(endpoint, dialing, login, signal),
      );
      if (opened === "refused") return findings;
      if (opened === undefined) continue;
      findings.push(reached(opened, login), certificateOf(opened, clock), clockOf(opened, clock));
      if (session === undefined) session = opened;
      else opened.close();
    }
    if (session === undefined) return findings;
    const open = session;
    const reading = await attempt(findings, "base DN", () => prepare(open, options, signal));
    if (reading === undefined || reading === "refused") return findings;
    findings.push({ ok: true, check: "base DN", message: `${reading.baseDn} exists` });
    for (const message of reading.problems) findings.push({ ok: "warning", check: "attributes", message });
    await attempt(findings, "invocationId", () => invocationIdOf(open, signal));
    for (const check of [people, dirSyncRight, deletedObjects]) {
      const finding = await attempt(findings, "reading", () => check(reading, signal));
      if (finding !== undefined && finding !== "refused") findings.push(finding);
    }
    return findings;
  } finally {
    session?.close();
  }
}

/**
 * Turns a known error into a finding; "refused" when the credentials were, which no other server may be asked about. What is wrong in the
 * configuration (a secret that is not there) is no finding about a server.
 */
async function attempt<T>(
  findings: Finding[],
  check: string,
  act: () => Promise<T>,
): Promise<T | "refused" | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!isRollcallError(error) || error instanceof ConfigurationError) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    const isRefused = error instanceof CredentialsRefused;
    findings.push({
      ok: false,
      check: isRefused ? "login" : check,
      message: error.message,
      ...hint,
      ...(isRefused && { refused: true }),
    });
    return isRefused ? "refused" : undefined;
  }
}

function reached({ host, root }: Session, login: Login): Finding {
  const by = root.vendor === undefined ? "Windows" : root.vendor;
  const level = root.functionality === undefined ? "" : `, functional level ${root.functionality}`;
  return {
    ok: true,
    check: "domain controller",
    message: `${host} is ${root.dnsHostName} (${by}${level}); logged in as ${login.dn}`,
  };
}

function certificateOf({ host, certificate }: Session, clock: Clock): Finding {
  const days = Math.floor((Date.parse(certificate.valid_to) - clock.now()) / DAY_MS);
  const message = `${host}: for ${namesOf(certificate)}, valid until ${dayOf(certificate.valid_to)} (${days === 1 ? "1 day" : `${days} days`})`;
  if (days > CERTIFICATE_WARNING_DAYS) return { ok: true, check: "certificate", message };
  return {
    ok: "warning",
    check: "certificate",
    message,
    hint: "renew the domain controller's certificate before it expires: from then on nothing is synchronised",
  };
}

function clockOf({ host, root }: Session, clock: Clock): Finding {
  const iso = root.currentTime === undefined ? undefined : generalizedTimeIso(root.currentTime);
  if (iso === undefined) return { ok: "warning", check: "clock", message: `${host} does not tell its time` };
  const differenceMs = Math.abs(Date.parse(iso) - clock.now());
  const message = `${host} and this machine differ by ${Math.round(differenceMs / 1000)} s`;
  if (differenceMs <= CLOCK_TOLERANCE_MS) return { ok: true, check: "clock", message };
  return {
    ok: "warning",
    check: "clock",
    message,
    hint: "synchronise this machine's clock: accounts expire and certificates end by it",
  };
}

async function people(reading: Reading, signal: AbortSignal): Promise<Finding> {
  const search = {
    base: reading.baseDn,
    scope: "sub",
    filter: filterFor("user"),
    attributes: attributesNow(reading),
    controls: [new ExtendedDnControl()],
    what: `reading people below ${reading.baseDn}`,
  } as const;
  const check = "reading people";
  const page = await firstPage(reading.session, search, reading.pageSize, signal);
  const blind = page.filter((entry) => entry.get("useraccountcontrol") === undefined).length;
  if (blind > 0) {
    return {
      ok: false,
      check,
      message: `${reading.bindDn} may not read userAccountControl of ${blind} of ${page.length} people`,
      hint: 'grant the account "Read Account Restrictions" on user objects below the base DN',
    };
  }
  if (page.length > 0) {
    const all = page.length === 1 ? "1 account is" : `${page.length} accounts are`;
    const seen = page.length < reading.pageSize ? all : `at least ${all}`;
    return { ok: true, check, message: `${seen} visible below ${reading.baseDn}` };
  }
  return {
    ok: false,
    check,
    message: `the directory shows nobody at all below ${reading.baseDn}: most likely ${reading.bindDn} may not read there`,
    hint: `let the account list and read ${reading.baseDn} and everything below it, or correct baseDn`,
  };
}

async function dirSyncRight(reading: Reading, signal: AbortSignal): Promise<Finding> {
  const check = "permission: Replicating Directory Changes";
  if (await mayUseDirSync(reading, signal)) {
    return { ok: true, check, message: `${reading.bindDn} may use DirSync` };
  }
  return {
    ok: "warning",
    check,
    message: `${reading.bindDn} has not the right "Replicating Directory Changes" (1131f6aa-9c07-11d1-f79f-00c04fc2dcd2) on ${reading.namingContext}; changes are followed by uSNChanged instead`,
    hint: [
      "to grant it, as a domain administrator on a domain controller:",
      `  dsacls "${reading.namingContext}" /G "DOMAIN\\account:CA;Replicating Directory Changes"`,
      "or in Active Directory Users and Computers: View > Advanced Features; the domain > Properties > Security > Add the account;",
      '  tick Allow for "Replicating Directory Changes" (not "... All", which would show passwords)',
    ].join("\n"),
  };
}

/** The container alone proves nothing: Samba shows it to everybody, and what is in it to nobody else. */
async function deletedObjects(reading: Reading, signal: AbortSignal): Promise<Finding> {
  const check = "permission: Deleted Objects";
  const container = `CN=Deleted Objects,${reading.namingContext}`;
  const search: Search = {
    base: container,
    scope: "one",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: ["objectGUID"],
    controls: [new ShowDeletedControl()],
    what: "looking into Deleted Objects",
  };
  const { entries, outcome } = await collectPage(reading.session, search, 1, signal);
  if (outcome.code === resultCode.success && entries.length > 0) {
    return { ok: true, check, message: `${reading.bindDn} may read Deleted Objects` };
  }
  const seen = outcome.code === resultCode.success ? "sees nothing in" : "may not read";
  const isWindows = reading.session.root.vendor === undefined;
  return {
    ok: "warning",
    check,
    message: `${reading.bindDn} ${seen} Deleted Objects: ${isWindows ? "without DirSync, " : ""}deletions are then found by full reads only and count as "not visible", which a person has to approve`,
    hint: [
      "to grant it, as a domain administrator on a domain controller (no need if nothing was ever deleted):",
      `  dsacls "${container}" /takeownership`,
      `  dsacls "${container}" /G "DOMAIN\\account:LCRP"`,
    ].join("\n"),
  };
}
