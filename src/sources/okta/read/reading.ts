import type { Clock } from "../../../clock.ts";
import type { Log } from "../../../log.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { OktaApi } from "../client/okta-api.ts";
import type { Settings } from "../config.ts";
import { type Group, groupOf, type Person, personOf } from "./record.ts";
import { digestOf } from "./told.ts";

/** Largest page that Okta gives or recommends. */
export const PAGE = 200;

/** What every question to the directory needs. */
export interface Reading {
  readonly api: OktaApi;
  readonly select: Readonly<Record<Kind, readonly string[]>>;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}

export function person(reading: Reading, raw: unknown): Person {
  return personOf(raw, reading.select.user, reading.settings.statuses);
}

export function group(reading: Reading, raw: unknown): Group {
  return groupOf(raw, reading.select.group);
}

/** Groups that Okta keeps itself are no part of the directory unless the settings say so. */
export function isRead(reading: Reading, found: Group): boolean {
  return reading.settings.builtInGroups || !found.builtIn;
}

/** What records depend on besides the directory. */
export function groundOf({ select, settings }: Reading): string {
  const { statuses, builtInGroups } = settings;
  return digestOf([select.user, select.group, statuses.staged, statuses.provisioned, builtInGroups]);
}

/** A date as Okta's search wants it. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Path and query; every value is encoded, so none can change the question. */
export function pathOf(path: string, query: Readonly<Record<string, string | number>>): string {
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  return `${path}?${text}`;
}
