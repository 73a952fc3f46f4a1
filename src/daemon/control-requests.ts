/** What a client may say over the control socket, and nothing else. */
import { z } from "../zod.ts";
import { travelling } from "./control-protocol.ts";

const cells = z.int().min(1).max(10_000).optional();
/** Cells in a line, and lines. */
const size = z.strictObject({ columns: cells, rows: cells });
const output = size.extend({ isTerminal: z.boolean() });
const shortText = z.string().max(256);
/** A claim of a name stands in brackets in the audit trail. */
const claim = z.string().regex(/^[^\p{C}()]{1,128}$/u);

const run = z.strictObject({
  type: z.literal("run"),
  argv: z.array(z.string().max(65_536)).max(2_000),
  stdout: output,
  stderr: output,
  /** Somebody sits there who can answer. */
  asks: z.boolean(),
  environment: z.partialRecord(z.enum(travelling), shortText),
  /** Who the client says it is, and who came by sudo. */
  user: claim,
  sudoUser: claim.optional(),
  /** Name of the file that shows it. */
  proof: z
    .string()
    .regex(/^[0-9a-f-]{36}$/)
    .optional(),
});

const id = z.int().min(0);
const answer = z.strictObject({
  type: z.literal("answer"),
  id,
  /** What was typed; the bytes of a file in base64. */
  text: z.string().optional(),
  yes: z.boolean().optional(),
  file: z.int().min(0).optional(),
  /** It did not work: the code of the file system, or "ABORTED" for a question that was broken off. */
  error: z.strictObject({ code: shortText, syscall: shortText, message: z.string().max(4_096) }).optional(),
});

export const fromClient = z.discriminatedUnion("type", [
  run,
  answer,
  z.strictObject({ type: z.literal("stop") }),
  z.strictObject({ type: z.literal("size"), stdout: size, stderr: size }),
]);

export type FromClient = z.output<typeof fromClient>;
export type Size = z.output<typeof size>;
export type RunRequest = z.output<typeof run>;
export type Answer = z.output<typeof answer>;
