import type { ConnectionStatus } from "../connection-status.ts";
import { counted, localTime, relative } from "./numbers.ts";
import { outsideText } from "./remarks.ts";

/** What the policies keep waiting, for the status of a connection: nothing of it is a problem. */
export function policyTexts(
  { connection, outside, grace, retirement, users }: ConnectionStatus,
  now: number,
): readonly string[] {
  const active = users?.managedActive ?? 0;
  const next =
    active > 0
      ? `${counted(active, "account")} still on`
      : `nobody is on any more: take it out of the configuration, then: rollcall connection retire ${connection.name} --release`;
  return [
    ...(outside > 0 ? [outsideText(outside)] : []),
    ...(grace === undefined || retirement !== undefined
      ? []
      : [
          `${counted(grace.people, "account")} of people who are gone will be deleted, the first ${relative(grace.firstAt, now)} (${localTime(grace.firstAt)})`,
        ]),
    ...(retirement === undefined
      ? []
      : [
          `being retired since ${relative(retirement.since, now)} by ${retirement.actor}: ${retirement.reason}; ${next}`,
        ]),
  ];
}
