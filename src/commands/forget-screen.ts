import type { ConnectionConfig } from "../config/config.ts";
import type { Forgotten } from "../store/forget.ts";
import type { OtherCopies } from "../store/other-copies.ts";
import type { WideRow } from "../store/rows.ts";
import { escaped } from "./output/escape.ts";
import { counted, listed } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import type { Screen } from "./screen.ts";

/** One connection that holds the person. */
export interface Place {
  readonly connection: ConnectionConfig;
  readonly row: WideRow;
  readonly events: number;
  /** Our own directory holds an account that is theirs alone. */
  readonly hasAccount: boolean;
}

/** What was done there. */
export interface Erased extends Forgotten {
  /** Our own directory held the account, and holds it no more. */
  readonly accountDeleted: boolean;
  /** The files were written anew; false: another process keeps old pages in use. */
  readonly scrubbed: boolean;
}

/** What to do where another process is in the way. */
export const stillThere =
  "Another process keeps old pages of the files in use: the erased values are still in them. Give the same command again when it has ended (a daemon: systemctl stop rollcall).";

/** What is done, or would be, in one connection. */
export function placeLines(
  { connection, row, events, hasAccount }: Place,
  erased: Erased | undefined,
  screen: Screen,
): string[] {
  const { paint, width } = screen;
  const account = `, and the account in the embedded directory ${connection.target.name}`;
  const who = row.label || row.sourceId;
  const text =
    erased === undefined
      ? `${connection.name}: ${who} would be forgotten: record, links, findings, the values in ${counted(events, "event")} of the audit trail${hasAccount ? account : ""}`
      : `${connection.name}: forgotten: record, links, findings, the values in ${counted(erased.events, "event")} of the audit trail${erased.mentions === 0 ? "" : ` (${erased.mentions} of others, who were named together with them)`}${erased.accountDeleted ? account : ""}`;
  const mark = erased === undefined ? " " : paint.add("✓");
  const all = wrap(escaped(text), width - 2).map((line, at) => `${at === 0 ? mark : " "} ${line}`);
  return erased?.scrubbed === false
    ? [...all, ...wrap(stillThere, width - 2).map((line) => `  ${line}`)]
    : all;
}

/** Where this does not reach. */
export function remainder(
  places: readonly Place[],
  copies: OtherCopies,
  isDone: boolean,
  { width }: Screen,
): string[] {
  const services = places
    .filter(({ connection, row }) => connection.target.type !== "embedded" && row.targetId !== null)
    .map(({ connection, row }) => `${row.targetId} at ${connection.target.name}`);
  const kept = places
    .filter(
      ({ connection, row, hasAccount }) =>
        connection.target.type === "embedded" &&
        row.targetId !== null &&
        row.appliedIntent !== "deleted" &&
        !hasAccount,
    )
    .map(({ connection, row }) => `${row.targetId} at ${connection.target.name}`);
  const would = isDone ? "" : "would be ";
  const texts = [
    ...copies.retired.map((file) => `${would}erased in ${file} as well`),
    ...copies.removed.map((file) => `${would}removed: ${file}, a copy from before an upgrade`),
    ...(services.length === 0
      ? []
      : [`Not touched: the account ${listed(services)}, which stays switched off there; erase it there.`]),
    ...(kept.length === 0
      ? []
      : [`Not touched: the account ${listed(kept)}, which belongs to somebody else; only the link goes.`]),
    ...copies.left.map((file) => `Not touched: ${file}, a state that a restore put aside; remove it.`),
    "Not reached: backups, plan files and exports that somebody wrote, and what a log server got.",
  ];
  return texts.flatMap((text) => wrap(escaped(text), width - 2).map((line) => `  ${line}`));
}
