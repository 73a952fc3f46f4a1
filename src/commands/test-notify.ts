import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Config } from "../config/config.ts";
import { noticeBody } from "../daemon/notifier.ts";
import { letterOf } from "../daemon/notify.ts";
import { carrierOf } from "../daemon/notify-channels.ts";
import { ConfigurationError, isRollcallError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/** What came of one channel. */
interface Sent {
  readonly channel: string;
  readonly type: string;
  readonly ok: boolean;
  /** Why not, and what to do. */
  readonly message: string | null;
  readonly hint: string | null;
}

/** `rollcall test --notify`: sends each channel a test message at once, and says what became of it. */
export async function testNotify(invocation: Invocation, config: Config): Promise<number> {
  const { notify = [] } = config;
  if (notify.length === 0)
    throw new ConfigurationError("the configuration names nobody to tell", {
      hint: "add a webhook or a mail address under notify:",
    });
  const sent: Sent[] = [];
  for (const channel of notify) sent.push(await send(invocation, channel));
  const screen = createScreen(invocation);
  const { paint, width } = screen;
  screen.document("TestNotification", { ok: sent.every(({ ok }) => ok), channels: sent });
  for (const { channel, type, ok, message, hint } of sent) {
    const text = ok ? `${channel} (${type}): a test message was taken` : `${channel} (${type}): ${message}`;
    screen.lines(
      wrap(escaped(text), width - 4).map(
        (line, at) => `  ${at > 0 ? " " : ok ? paint.add("✓") : paint.remove("✗")} ${line}`,
      ),
    );
    if (hint !== null) screen.line(`      ${paint.note(escaped(hint))}`);
  }
  return sent.every(({ ok }) => ok) ? 0 : 1;
}

async function send({ io }: Invocation, channel: NonNullable<Config["notify"]>[number]): Promise<Sent> {
  const { name, type } = channel;
  const id = randomUUID();
  const body = noticeBody({
    id,
    at: io.clock.now(),
    host: hostname(),
    event: "test",
    connection: undefined,
    title: "a test message",
    text: "Somebody typed `rollcall test --notify`. Notifications of Rollcall arrive here.",
    next: undefined,
  });
  try {
    await carrierOf(channel, io.clock).deliver(letterOf({ id, body }), io.signal);
    return { channel: name, type, ok: true, message: null, hint: null };
  } catch (error) {
    if (!isRollcallError(error)) throw error;
    return { channel: name, type, ok: false, message: error.message, hint: error.hint ?? null };
  }
}
