/**
 * What a command and the daemon say to each other over the control socket: JSON values, one a line.
 *
 *     daemon   hello
 *     command  run                       the command line, and what its terminal is like
 *     daemon   out | err                 as the command writes it
 *     daemon   ask | file                something that only the person's side can do; the command answers with
 *     command  answer                    under the same id
 *     command  stop | size               Ctrl-C, the window has another size
 *     daemon   exit | refused            the end
 *
 * The command line is run by the daemon as it was typed, but for `--config`. Values of the environment do not travel, but for how
 * colours are wanted; secrets are read by the daemon and stay there.
 */
/** Counted up when one side would no longer understand the other. */
export const protocol = 1;

/** How long a client may take to say what it wants, ms. */
export const greetingMs = 10_000;

/** Variables of the environment that travel. */
export const travelling = ["NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"] as const;

export type FromDaemon =
  | Hello
  | { readonly type: "out" | "err"; readonly text: string }
  | { readonly type: "ask"; readonly id: number; readonly question: string }
  | ({ readonly type: "file"; readonly id: number } & FileRequest)
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "refused"; readonly message: string; readonly hint?: string | undefined };

/** The daemon says who it is. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly version: string;
  readonly pid: number;
  /** The configuration that it works by, as it was named and as it is called without links. */
  readonly config: readonly string[];
  /** Random: what the client writes into a file to show whose process it is. */
  readonly nonce: string;
}

/** `file` is a number that the client gave at "open". */
export type FileRequest =
  | { readonly do: "exists"; readonly path: string }
  | { readonly do: "open"; readonly path: string; readonly use: "read" | "new" | "replace" }
  | { readonly do: "read"; readonly file: number }
  | { readonly do: "write"; readonly file: number; readonly data: string }
  | { readonly do: "finish" | "drop"; readonly file: number };
