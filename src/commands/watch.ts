import type { Io } from "./invocation.ts";
import { AlternateScreen } from "./output/alternate-screen.ts";
import type { Paint } from "./output/colour.ts";
import { escapedLines } from "./output/escape.ts";
import { localTime, span } from "./output/numbers.ts";

/** What one look came to. */
export interface Look {
  /** The same as long as nothing changed: without the time of the look. */
  readonly state: string;
  /** The JSON document of it, one line. */
  readonly document: string;
  readonly lines: readonly string[];
}

export interface WatchRequest {
  readonly intervalMs: number;
  readonly json: boolean;
  readonly paint: Paint;
  /** What was typed, for the first line of the screen. */
  readonly title: string;
  /** Throws when it cannot look: `troubleOf` decides whether that may pass. */
  look(): Promise<Look>;
  /** A sentence where another look may succeed; undefined for a mistake of ours, which ends the watch. */
  troubleOf(error: unknown): string | undefined;
}

/** A look that takes long is not repeated all the time: looking takes a quarter of the time at most. */
const restPerLook = 3;

/**
 * Looks again and again until a signal ends it: on a terminal in place, elsewhere a block, or one JSON line, each time that something changed.
 * What goes wrong later than at the first look is told (a busy database, a configuration that is being edited), and the last look stays. Gives 1,
 * of which the process makes 130 or 143.
 */
export async function watch(io: Io, request: WatchRequest): Promise<number> {
  const { stdout, clock, signal } = io;
  const now = () => clock.now();
  let lookedAt = now();
  let last = await request.look();
  let tookMs = now() - lookedAt;
  let trouble: string | undefined;
  let said: string | undefined;
  const canDraw = stdout.isTerminal && io.environment["TERM"] !== "dumb";
  const screen = canDraw && !request.json ? new AlternateScreen(stdout) : undefined;
  try {
    while (!signal.aborted) {
      if (screen !== undefined) screen.draw([...headLines(request, trouble, lookedAt, now()), ...last.lines]);
      else if (last.state !== said) {
        said = last.state;
        stdout.write(request.json ? `${last.document}\n` : block(last, lookedAt));
      }
      await pause(io, Math.max(request.intervalMs, tookMs * restPerLook));
      if (signal.aborted) break;
      const began = now();
      try {
        last = await request.look();
        lookedAt = began;
        trouble = undefined;
      } catch (error) {
        const sentence = request.troubleOf(error);
        if (sentence === undefined) throw error;
        if (screen === undefined && sentence !== trouble) tell(io, sentence);
        trouble = sentence;
      }
      tookMs = now() - began;
    }
  } finally {
    screen?.close();
  }
  return 1;
}

function headLines(
  { title, intervalMs, paint }: WatchRequest,
  trouble: string | undefined,
  lookedAt: number,
  now: number,
): readonly string[] {
  const head = paint.faint(`${localTime(lookedAt)}  ${title}, every ${span(intervalMs)}; Ctrl-C ends it`);
  if (trouble === undefined) return [head, ""];
  const [first = ""] = escapedLines(trouble);
  return [head, paint.remove(`not as of now: ${first}; below is how it was ${span(now - lookedAt)} ago`), ""];
}

function block({ lines }: Look, at: number): string {
  return [`--- ${localTime(at)}`, ...lines, "", ""].join("\n");
}

function tell({ stderr }: Io, sentence: string): void {
  const [first = "", ...rest] = escapedLines(sentence);
  for (const line of [`rollcall: ${first}`, ...rest]) stderr.write(`${line}\n`);
}

/** Ends early when the window changes its size, or a signal comes. */
async function pause({ stdout, clock, signal }: Io, ms: number): Promise<void> {
  const wake = new AbortController();
  const stopListening = stdout.onResize?.(() => wake.abort());
  const either = AbortSignal.any([signal, wake.signal]);
  try {
    await clock.sleep(ms, either);
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    stopListening?.();
  }
}
