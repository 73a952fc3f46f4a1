import { randomUUID } from "node:crypto";
import { lineOf } from "../daemon/control-lines.ts";
import { prove } from "../daemon/control-proof.ts";
import { type FromDaemon, travelling } from "../daemon/control-protocol.ts";
import type { FromClient, RunRequest, Size } from "../daemon/control-requests.ts";
import { ConnectionError } from "../errors.ts";
import { ownName } from "../own-name.ts";
import type { Io } from "./invocation.ts";
import type { Typed } from "./run-here.ts";
import { ClientFiles } from "./through-daemon-files.ts";
import type { Found } from "./through-daemon-find.ts";
import type { Line } from "./through-daemon-line.ts";

/** Has the daemon run the command line, and is its eyes, ears and hands meanwhile. Gives the exit code. */
export async function talk(found: Found, argv: readonly string[], typed: Typed, io: Io): Promise<number> {
  const { line } = found;
  await say(found, argv, io);
  const files = new ClientFiles(typed);
  const stop = () => line.send({ type: "stop" });
  for (const signal of [io.signal, io.abort]) {
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  }
  const resized = () => line.send({ type: "size", stdout: sizeOf(io.stdout), stderr: sizeOf(io.stderr) });
  const steady = io.stdout.onResize?.(resized);
  try {
    for await (const message of line) {
      if (message.type === "exit") return message.code;
      if (message.type === "refused")
        throw new ConnectionError(message.message, { hint: message.hint ?? "" });
      if (message.type === "out") io.stdout.write(harmless(message.text, io.stdout.isTerminal));
      else if (message.type === "err") io.stderr.write(harmless(message.text, io.stderr.isTerminal));
      else if (message.type === "ask" || message.type === "file") void answer(message, files, line, io);
    }
  } finally {
    for (const signal of [io.signal, io.abort]) signal.removeEventListener("abort", stop);
    steady?.();
    await files.close();
  }
  throw new ConnectionError("the daemon ended before the command did", {
    hint: "`rollcall status` shows what became of it; the next cycle does what is left",
  });
}

/** The request, and before it the file that shows whose process this is. */
async function say({ path, line, hello }: Found, argv: readonly string[], io: Io): Promise<void> {
  const { stdout, stderr, environment } = io;
  const proof = randomUUID();
  const request: RunRequest = {
    type: "run",
    argv: [...argv],
    stdout: outputOf(stdout),
    stderr: outputOf(stderr),
    asks: io.ask !== undefined,
    environment: Object.fromEntries(
      travelling.flatMap((name) => {
        const value = environment[name];
        return value === undefined ? [] : [[name, value.slice(0, 256)]];
      }),
    ),
    user: claim(ownName()),
    ...(environment["SUDO_USER"] === undefined ? {} : { sudoUser: claim(environment["SUDO_USER"]) }),
  };
  const shown = lineOf({ ...request, proof });
  const isShown = await prove(path, proof, hello.nonce, Buffer.from(shown.trimEnd()));
  line.sendLine(isShown ? shown : lineOf(request));
}

function outputOf(output: Io["stdout"]): RunRequest["stdout"] {
  return { isTerminal: output.isTerminal, ...sizeOf(output) };
}

function sizeOf({ columns, rows }: Io["stdout"]): Size {
  return { ...(columns === undefined ? {} : { columns }), ...(rows === undefined ? {} : { rows }) };
}

/** A name as a claim may have it. */
function claim(name: string): string {
  return name.replace(/[\p{C}()]/gu, "?").slice(0, 128) || "?";
}

/** A terminal obeys more than colours and a line that is rewritten: nothing else comes through, whoever sends it. */
function harmless(text: string, isTerminal: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return isTerminal ? text.replace(/\u001b(?!\[[0-9;?]*[A-Za-z])|[\u0080-\u009f]/g, "\ufffd") : text;
}

async function answer(
  message: Extract<FromDaemon, { readonly type: "ask" | "file" }>,
  files: ClientFiles,
  line: Line,
  io: Io,
): Promise<void> {
  const { id } = message;
  try {
    const said =
      message.type === "file" ? await files.do(message) : { text: (await io.ask?.(message.question)) ?? "" };
    line.send({ type: "answer", id, ...said });
  } catch (error) {
    line.send({ type: "answer", id, error: errorOf(error) });
  }
}

function errorOf(error: unknown): Extract<FromClient, { readonly type: "answer" }>["error"] {
  const { name, message, code, syscall } = error as NodeJS.ErrnoException;
  if (name === "AbortError") return { code: "ABORTED", syscall: "", message: "" };
  return {
    code: String(code ?? "EIO"),
    syscall: syscall ?? "open",
    message: String(message).slice(0, 4_096),
  };
}
