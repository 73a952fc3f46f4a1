import { z } from "../zod.ts";

export const manifestName = "MANIFEST.json";

const file = z.strictObject({
  /** Relative to the state folder. */
  name: z.string().regex(/^(?:targets\/|retired\/)?[A-Za-z0-9][A-Za-z0-9_.-]*\.db$/),
  kind: z.enum(["connection", "claims", "directory", "retired"]),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Number of migrations of the file's schema. */
  schema: z.int().min(0),
  /** Of a snapshot: which it is, how many reads it finished, the last event of its audit trail. */
  lineage: z.string().optional(),
  serial: z.int().optional(),
  lastEvent: z.int().optional(),
});

/** What a backup holds; its first entry, readable before anything is unpacked. */
export const manifest = z.strictObject({
  kind: z.literal("rollcall-backup"),
  format: z.literal(1),
  version: z.string(),
  madeAt: z.string(),
  madeBy: z.string(),
  host: z.string(),
  /** The state it was made of was handed over by it. */
  handover: z.boolean(),
  files: z.array(file),
});

export type Manifest = z.infer<typeof manifest>;
export type BackedUpFile = Manifest["files"][number];
