/** What a command is given that the daemon runs for somebody at a socket. The commands know it as a part of their `Io`. */
import type { Files } from "../files.ts";
import type { Host } from "./control-host.ts";

/** Members of the one group may look, those of the other may do everything. */
export type Access = "view" | "operate";

export interface GuestOutput {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** Calls back when the window gets another size, until the function that it gives is called. */
  onResize(listener: () => void): () => void;
  write(text: string): void;
  /** Resolves when the reader has taken most of it; whoever writes a lot waits for it between the pieces. */
  drained(): Promise<void>;
}

/** Somebody at a socket. */
export interface Guest {
  /** For the audit trail: who it is as far as that is shown, and what is only claimed. */
  readonly actor: string;
  readonly may: Access;
  /** For whoever waits behind it: "sync by ann". */
  readonly what: string;
  /** The connections whose turn this command has. */
  readonly holds: Set<string>;
  /** Of the person, with the rights of that person. */
  readonly files: Files;
  /** Nobody is there any more to read what is written. */
  readonly lost: AbortSignal;
  /** Rejects what waits for an answer of that person, as a question does that is broken off. */
  leaveUnanswered(): void;
  readonly host: Host;
}

export interface Seat {
  readonly stdout: GuestOutput;
  readonly stderr: GuestOutput;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly abort: AbortSignal;
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly guest: Guest;
}
