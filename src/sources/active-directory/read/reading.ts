import { PresenceFilter } from "ldapts";
import { ConnectionError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { Kind } from "../../../scim/resource.ts";
import { ExtendedDnControl } from "../client/controls.ts";
import { resultCode } from "../client/result-code.ts";
import { searchSome } from "../client/search.ts";
import type { Session } from "../client/session.ts";
import { Below, type Dn, parseDn, parseExtendedDn } from "./dn.ts";
import { guidOf } from "./guid.ts";
import { PrimaryGroups } from "./primary-groups.ts";
import { readSchema } from "./schema.ts";
import { type Selection, selectionOf, wanted } from "./selection.ts";

/** What every part of a read needs to know: where we are, what is read, and from where downwards. */
export interface Reading {
  readonly session: Session;
  readonly select: Readonly<Record<Kind, Selection>>;
  /** Selected attributes that are not or cannot be read, a sentence each. */
  readonly problems: readonly string[];
  /** The domain's root, as DN. */
  readonly namingContext: string;
  readonly domainSid: string;
  /** As the server spells it. */
  readonly baseDn: string;
  readonly base: Dn;
  readonly below: Below;
  readonly primaryGroups: PrimaryGroups;
  readonly bindDn: string;
  readonly pageSize: number;
  readonly log: Log;
}

export interface ReadingOptions {
  readonly baseDn: string | undefined;
  readonly bindDn: string;
  readonly pageSize: number;
  readonly select: Readonly<Record<Kind, readonly string[]>>;
  readonly log: Log;
}

/** Looks around on the domain controller: does the base exist, and how are the attributes to be read? */
export async function prepare(
  session: Session,
  options: ReadingOptions,
  signal: AbortSignal,
): Promise<Reading> {
  const { dn: namingContext } = parseExtendedDn(session.root.namingContext);
  const domainSid = domainSidOf(session);
  const baseDn = await existingBase(session, options, namingContext, signal);
  const names = [
    ...new Set([...wanted("user", options.select.user), ...wanted("group", options.select.group)]),
  ];
  const schemaContext = session.root.schemaNamingContext;
  const schema = await readSchema(
    session,
    schemaContext === undefined ? undefined : parseExtendedDn(schemaContext).dn,
    names,
    options.log,
    signal,
  );
  const user = selectionOf("user", options.select.user, schema);
  const group = selectionOf("group", options.select.group, schema);
  const base = parsed(baseDn);
  return {
    session,
    select: { user: user.selection, group: group.selection },
    problems: [...user.problems, ...group.problems],
    namingContext,
    domainSid,
    baseDn,
    base,
    below: new Below(base),
    primaryGroups: new PrimaryGroups(session, namingContext, domainSid, options.log),
    bindDn: options.bindDn,
    pageSize: options.pageSize,
    log: options.log,
  };
}

/** The domain's SID, which the server tells everybody with the name of its naming context. */
export function domainSidOf(session: Session): string {
  const sid = /<SID=(S-[0-9-]+)>/i.exec(session.root.namingContext)?.[1];
  if (sid === undefined) {
    throw new ConnectionError(`${session.host} does not tell the SID of its domain`, {
      hint: "is this a domain controller of Active Directory or Samba 4?",
    });
  }
  return sid;
}

/** The base as the server spells it. Throws ConnectionError when it is not there, or not to be seen. */
async function existingBase(
  session: Session,
  { baseDn, bindDn }: ReadingOptions,
  namingContext: string,
  signal: AbortSignal,
): Promise<string> {
  if (baseDn === undefined) return namingContext;
  const [entry] = await searchSome(
    session,
    {
      base: baseDn,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["objectGUID"],
      controls: [new ExtendedDnControl()],
      what: `looking for the base DN ${baseDn}`,
    },
    signal,
    [resultCode.noSuchObject, resultCode.invalidDnSyntax, resultCode.referral],
  );
  if (entry !== undefined) return parseExtendedDn(entry.name).dn;
  const contexts = session.root.namingContexts.map((context) => parseExtendedDn(context).dn);
  throw new ConnectionError(
    `the base DN ${baseDn} does not exist on ${session.host}, or ${bindDn} may not see it`,
    {
      hint: `correct baseDn; this server holds: ${contexts.join(" | ")}`,
    },
  );
}

/** Which database this domain controller writes to; another one after a restore (MS-ADTS 3.1.1.1.9). */
export async function invocationIdOf(session: Session, signal: AbortSignal): Promise<string> {
  const [entry] = await searchSome(
    session,
    {
      base: parseExtendedDn(session.root.dsServiceName).dn,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["invocationId"],
      what: "reading the domain controller's invocationId",
    },
    signal,
    [resultCode.noSuchObject],
  );
  const id = guidOf(entry?.get("invocationid")?.bytes(0));
  if (id !== undefined) return id;
  throw new ConnectionError(
    `${session.host} does not show its invocationId, without which changes cannot be followed`,
    {
      hint: "let the account read the Sites container of the configuration (every authenticated user may, by default)",
    },
  );
}

function parsed(dn: string): Dn {
  const names = parseDn(dn);
  if (names === undefined) throw new ConnectionError(`the server calls its base ${dn}, which is no DN`);
  return names;
}
