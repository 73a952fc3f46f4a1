import type { Json, Kind } from "../../scim/resource.ts";
import type { SourceRecord, View } from "../source.ts";
import { filetimes } from "./attributes.ts";
import { filetimeMs } from "./read/filetime.ts";

/** Classes that are out of scope unless `scope.include` names them. */
export const includes = {
  computers: "Computer accounts",
  managedServiceAccounts: "Managed service accounts (also group and delegated ones)",
  criticalSystemObjects:
    "What Windows itself needs: Administrator, Guest, krbtgt, Domain Users and other built-in objects",
  trustAccounts: "Accounts that stand for trusts between domains",
  roomMailboxes: "Accounts of Exchange room mailboxes",
  equipmentMailboxes: "Accounts of Exchange equipment mailboxes",
  sharedMailboxes: "Accounts of Exchange shared mailboxes",
} as const;

const ACCOUNT_DISABLED = 0x2;
const INTERDOMAIN_TRUST = 0x800;

/** msExchRecipientTypeDetails, here and in Exchange Online. */
const mailboxes: readonly (readonly [keyof typeof includes, readonly string[], string])[] = [
  ["roomMailboxes", ["16", "8589934592"], "room mailbox"],
  ["equipmentMailboxes", ["32", "17179869184"], "equipment mailbox"],
  ["sharedMailboxes", ["4", "34359738368"], "shared mailbox"],
];

const managedServiceAccounts: readonly string[] = [
  "msds-managedserviceaccount",
  "msds-groupmanagedserviceaccount",
  "msds-delegatedmanagedserviceaccount",
];

/** How a record looks at a moment: dates readable, `accountEnabled` worked out, and whether it is of a class that is left out. */
export function view(kind: Kind, record: SourceRecord, now: number): View {
  const excluded = exclusionOf(kind, record);
  const attributes: Record<string, Json> = { ...record };
  for (const name of filetimes) {
    if (name in attributes) attributes[name] = isoOf(record[name]);
  }
  const common = excluded === undefined ? {} : { excluded };
  if (kind === "group") return { attributes, ...common };
  const expiresMs = msOf(record["accountExpires"]);
  const disabled = disabledBecause(record, expiresMs, now);
  attributes["accountEnabled"] = disabled === undefined;
  if (disabled !== undefined) return { attributes, ...disabled, ...common };
  return { attributes, ...(expiresMs === undefined ? {} : { dueAt: expiresMs }), ...common };
}

/** The directory reports no change when an account expires, so the date is compared with the clock. */
function disabledBecause(
  record: SourceRecord,
  expiresMs: number | undefined,
  now: number,
): (Pick<View, "disabledAt"> & { readonly disabled: string }) | undefined {
  if ((flagsOf(record) & ACCOUNT_DISABLED) !== 0) return { disabled: "disabled in the directory" };
  if (expiresMs === undefined || expiresMs > now) return undefined;
  return {
    disabled: `account expired on ${new Date(expiresMs).toISOString().slice(0, 10)}`,
    disabledAt: expiresMs,
  };
}

function exclusionOf(kind: Kind, record: SourceRecord): View["excluded"] {
  if (record["isCriticalSystemObject"] === true) {
    return { key: "criticalSystemObjects", reason: `a ${kind} that Windows itself needs` };
  }
  if (kind === "group") return undefined;
  const classes = namesIn(record["objectClass"]);
  if (classes.some((name) => managedServiceAccounts.includes(name))) {
    return { key: "managedServiceAccounts", reason: "a managed service account" };
  }
  if (classes.includes("computer")) return { key: "computers", reason: "a computer account" };
  if ((flagsOf(record) & INTERDOMAIN_TRUST) !== 0) {
    return { key: "trustAccounts", reason: "the account of a trust between domains" };
  }
  const details = String(record["msExchRecipientTypeDetails"] ?? "");
  const hit = mailboxes.find(([, values]) => values.includes(details));
  return hit && { key: hit[0], reason: `the account of a ${hit[2]}` };
}

function flagsOf(record: SourceRecord): number {
  return Number(record["userAccountControl"] ?? 0);
}

function namesIn(value: Json | undefined): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((name) => String(name).toLowerCase());
}

function msOf(value: Json | undefined): number | undefined {
  return typeof value === "string" ? filetimeMs(value) : undefined;
}

function isoOf(value: Json | undefined): string | null {
  const ms = msOf(value);
  return ms === undefined ? null : new Date(ms).toISOString();
}
