/** argv -> command -> exit code: the process around a command. Loads nothing heavy until a command needs it. */
import { keepCompiled } from "./commands/compiled.ts";
import { systemClock } from "./commands/system-clock.ts";
import { version } from "./commands/version.ts";

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;
type Stop = keyof typeof signalNumbers;

const stop = new AbortController();
const abort = new AbortController();
let stoppedBy: Stop | undefined;

/** The first signal lets what is under way finish, the second cuts it, the third ends the process. */
function onSignal(signal: Stop): void {
  if (abort.signal.aborted) process.exit(128 + signalNumbers[signal]);
  if (stop.signal.aborted) {
    abort.abort();
    return;
  }
  stoppedBy = signal;
  process.stderr.write(
    process.stderr.isTTY ? "\nstopping after what is under way; once more to stop at once\n" : "stopping\n",
  );
  stop.abort();
}

/** A reader that went away (`| head`) is no error: what we do goes on, what we say is dropped. */
function outputOf(stream: NodeJS.WriteStream) {
  let isOpen = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    isOpen = false;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
    onResize(listener: () => void) {
      stream.on("resize", listener);
      return () => stream.off("resize", listener);
    },
    write(text: string) {
      if (isOpen) stream.write(text);
    },
  };
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question, { signal: stop.signal })).trim();
  } finally {
    terminal.close();
  }
}

/** Whoever runs a daemon on a terminal and closes that does not mean to have files read. */
function onHangup(listener: () => void): () => void {
  const act = process.stdout.isTTY ? () => onSignal("SIGTERM") : listener;
  process.on("SIGHUP", act);
  return () => process.off("SIGHUP", act);
}

/** The version is told before anything is loaded that reads a command line: scripts and monitoring ask for it alone, and often. */
async function codeOf(argv: readonly string[]): Promise<number> {
  const stdout = outputOf(process.stdout);
  if (argv.length === 1 && argv[0] === "--version") {
    stdout.write(`${version()}\n`);
    return 0;
  }
  keepCompiled();
  const { run } = await import("./commands/run.ts");
  return run(argv, {
    stdout,
    stderr: outputOf(process.stderr),
    environment: process.env,
    clock: systemClock,
    signal: stop.signal,
    abort: abort.signal,
    ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
    onHangup,
  });
}

process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);

const code = await codeOf(process.argv.slice(2));
process.off("SIGINT", onSignal);
process.off("SIGTERM", onSignal);
process.exitCode = stoppedBy !== undefined && code === 1 ? 128 + signalNumbers[stoppedBy] : code;
