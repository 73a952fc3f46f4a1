import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { allExpiries } from "../daemon/observation.ts";
import { daysLeft, type Expiry, expiryText, noticeDue } from "../expiry.ts";
import { type ChannelState, Outbox } from "../store/outbox.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { counted, relative } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import type { Screen } from "./screen.ts";

/** What belongs to no single connection: what ends, and how it goes with those who are told. */
export interface ObservedStatus {
  readonly expiries: readonly Expiry[];
  readonly channels: readonly ChannelState[];
}

/** `noted`: what the last cycles wrote down. */
export function observedStatus(config: Config, noted: readonly Expiry[], now: number): ObservedStatus {
  return { expiries: allExpiries(config, noted, now), channels: channelStates(config) };
}

function channelStates({ state, notify = [] }: Config): readonly ChannelState[] {
  if (notify.length === 0 || !existsSync(join(state, "notices", "outbox.db"))) return [];
  const outbox = Outbox.open(state, { create: false });
  try {
    return outbox.states(notify.map(({ name }) => name));
  } finally {
    outbox.close();
  }
}

/** The fields of the document. */
export function observedFields({ expiries, channels }: ObservedStatus, now: number) {
  return {
    expiries: expiries.map((expiry) => ({
      place: expiry.place,
      what: expiry.what,
      name: expiry.name,
      endsAt: isoTime(expiry.endsAt),
      daysLeft: daysLeft(expiry, now),
    })),
    notifications: channels.map((each) => ({
      channel: each.name,
      waiting: each.waiting,
      oldest: isoTime(each.oldest),
      deliveredAt: isoTime(each.deliveredAt),
      failingSince: isoTime(each.failedAt),
      problem: each.problem,
      dropped: each.dropped,
    })),
  };
}

/** Only what needs somebody: what ends within a month, and channels through which nothing goes. */
export function observedLines(
  { expiries, channels }: ObservedStatus,
  { paint, width }: Screen,
  now: number,
): string[] {
  const say = (mark: string, text: string) =>
    wrap(escaped(text), width - 4).map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
  const due = expiries.filter((each) => noticeDue(each, now) !== undefined);
  const lines = [
    ...due.flatMap((each) =>
      say(each.endsAt <= now ? paint.remove("✗") : paint.note("!"), expiryText(each, now)),
    ),
    ...channels.flatMap((each) => channelText(each, now).flatMap((text) => say(paint.remove("✗"), text))),
  ];
  return lines.length === 0 ? [] : ["", ...lines];
}

function channelText({ name, failedAt, waiting, problem, dropped }: ChannelState, now: number): string[] {
  const lost = dropped === 0 ? "" : `; ${counted(dropped, "was", "were")} given up`;
  if (failedAt === null) return [];
  const wait = `${counted(waiting, "notification waits", "notifications wait")}${lost}`;
  return [`notify.${name}: nothing gets through since ${relative(failedAt, now)}: ${problem ?? ""}; ${wait}`];
}
