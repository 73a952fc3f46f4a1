import { hash } from "node:crypto";

/** One event of the audit trail as its table has it. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly run: number;
  readonly event: string;
  /** For an outcome: the attempt's seq. */
  readonly attempt: number | null;
  readonly resource: number;
  readonly kind: string;
  readonly source_id: string;
  readonly target_id: string | null;
  readonly action: string;
  readonly reason: string;
  readonly actor: string;
  readonly outcome: string | null;
  readonly status: number | null;
  /** Digest of what is personal. */
  readonly payload: Buffer | null;
  readonly previous: Buffer;
  /** 2: all that is personal stands behind the digest. 1: ids and reason are in the hash itself. 0: as 1, and erased. */
  readonly form: number;
  readonly config: string | null;
  /** Null where what is personal was erased. */
  readonly salt: Buffer | null;
}

/** What the first event follows. */
export const genesis: Buffer = Buffer.alloc(32);

/** Digest of everything of an event that tells of a person. */
export function personalDigest(
  salt: Buffer,
  about: Pick<EventRow, "source_id" | "target_id" | "reason">,
  values: { readonly before: unknown; readonly after: unknown },
): Buffer {
  const { source_id, target_id, reason } = about;
  return saltedDigest(salt, [source_id, target_id, reason, values.before, values.after]);
}

/** The same of events of form 1: values alone. */
export function valuesDigest(salt: Buffer, before: unknown, after: unknown): Buffer {
  return saltedDigest(salt, [before, after]);
}

function saltedDigest(salt: Buffer, content: unknown): Buffer {
  return hash("sha256", Buffer.concat([salt, Buffer.from(JSON.stringify(content))]), "buffer");
}

/** The hash of an event covers what happened, the digest of what is personal, and the hash before it. */
export function hashOf(row: EventRow): Buffer {
  const { seq, at, run, event, attempt, resource, kind, source_id, target_id, action, reason, actor } = row;
  const { outcome, status, payload, previous, form, config } = row;
  const digests = [payload === null ? null : payload.toString("hex"), previous.toString("hex")];
  const fields =
    form === 2
      ? [
          ...[form, seq, at, run, event, attempt, resource, kind, action, actor],
          ...[outcome, status, config, ...digests],
        ]
      : [
          ...[seq, at, run, event, attempt, resource, kind, source_id, target_id, action, reason, actor],
          ...[outcome, status, ...digests],
        ];
  return hash("sha256", JSON.stringify(fields), "buffer");
}
