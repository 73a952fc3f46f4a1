import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { z } from "../zod.ts";
import type { PlanItem } from "./plan.ts";

const digest = z.string().nullable();
const run = z.number().nullable();

/** A person or group as it stood when the plan was made; digests in hex, `doubt` is the run of a call without an answer. */
const objectState = z.strictObject({
  type: z.literal("object"),
  row: z.number(),
  desired: digest,
  applied: digest,
  link: z.string().nullable(),
  match: z.string().nullable(),
  doubt: run,
  /** Of somebody without an account, whose references come with it: path and row. */
  references: z.array(z.tuple([z.string(), z.number().nullable()])),
});

const referenceState = z.strictObject({
  type: z.literal("reference"),
  row: z.number(),
  path: z.string(),
  desired: z.number().nullable(),
  applied: z.number().nullable(),
  /** Of the person, and of whom the reference names. */
  links: z.tuple([z.string().nullable(), z.string().nullable()]),
  doubt: run,
});

const memberState = z.strictObject({
  row: z.number(),
  desired: z.number(),
  applied: z.number(),
  link: z.string().nullable(),
  doubt: run,
});

const membersState = z.strictObject({
  type: z.literal("members"),
  row: z.number(),
  link: z.string().nullable(),
  members: z.array(memberState),
});

const head = z.looseObject({ kind: z.literal("PlanFile"), version: z.number() });

const schema = z.strictObject({
  kind: z.literal("PlanFile"),
  version: z.literal(1),
  connection: z.string(),
  /** Of the snapshot. */
  lineage: z.string(),
  /** Digest of configuration and mappings. */
  configuration: z.string(),
  run: z.number(),
  madeAt: z.string(),
  madeBy: z.string(),
  changes: z.array(
    z.strictObject({
      /** For whoever reads the file. */
      item: z.custom<PlanItem>((value) => typeof value === "object" && value !== null),
      state: z.discriminatedUnion("type", [objectState, referenceState, membersState]),
    }),
  ),
});

/** A plan to be reviewed, kept and applied exactly as it is. */
export type PlanFile = Readonly<z.infer<typeof schema>>;
export type PlannedState = PlanFile["changes"][number]["state"];
export type ObjectState = z.infer<typeof objectState>;
export type ReferenceState = z.infer<typeof referenceState>;
export type MembersState = z.infer<typeof membersState>;

const beforeSeal = ',\n"seal":"';

/**
 * The text of a plan file, piece by piece: one line a change. The seal at its end covers every character before it. `json` makes a value text on
 * one line that is safe to look at.
 */
export function* planFileText(
  store: Pick<Store, "meta">,
  json: (value: unknown) => string,
  {
    changes,
    ...about
  }: Omit<PlanFile, "changes"> & { readonly changes: Iterable<PlanFile["changes"][number]> },
): Iterable<string> {
  const seal = createHmac("sha256", sealingKey(store));
  const sealed = (text: string) => {
    seal.update(text);
    return text;
  };
  yield sealed(`${json(about).slice(0, -1)},\n"changes":[`);
  let separator = "\n";
  for (const change of changes) {
    yield sealed(separator + json(change));
    separator = ",\n";
  }
  yield sealed("\n]");
  yield `${beforeSeal}${seal.digest("hex")}"}\n`;
}

/** A plan file, and by what its runs are known. */
export interface OpenedPlan {
  readonly file: PlanFile;
  readonly name: string;
}

/** The connection that a plan file is of. Throws ConfigurationError for what is no plan file of this version. */
export function connectionOfPlan(text: string): string {
  return parse(text).connection;
}

/**
 * Takes a plan file at its word only if this snapshot wrote it, nobody altered it since, and the configuration is still the same. Throws
 * ConnectionError otherwise.
 */
export function openPlan(
  store: Pick<Store, "meta">,
  text: string,
  { connection, configuration }: Pick<PlanFile, "connection" | "configuration">,
): OpenedPlan {
  const file = parse(text);
  const refused = (why: string) =>
    new ConnectionError(`${connection}: the plan is not applied: ${why}`, {
      hint: `make a new one: rollcall plan ${connection} --out FILE`,
    });
  if (file.connection !== connection) throw refused(`it is one of the connection ${file.connection}`);
  if (file.lineage !== store.meta.get("lineage")) throw refused("it was made from another state folder");
  const at = text.lastIndexOf(beforeSeal);
  const name = text.slice(at + beforeSeal.length, at + beforeSeal.length + 64);
  const expected = createHmac("sha256", sealingKey(store))
    .update(text.slice(0, Math.max(0, at)))
    .digest();
  const found = Buffer.from(name, "hex");
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    throw refused("the file was altered since it was written");
  if (file.configuration !== configuration)
    throw refused("the configuration or a mapping was edited since it was made");
  return { file, name: `plan file ${name.slice(0, 12)}` };
}

function parse(text: string): PlanFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError("this is no plan file: it is not JSON", { cause: error, hint });
  }
  const isPlan = head.safeParse(value);
  if (!isPlan.success) throw new ConfigurationError("this is no plan file", { cause: isPlan.error, hint });
  if (isPlan.data.version !== 1) {
    throw new ConfigurationError(
      `this plan file has version ${isPlan.data.version}; this rollcall reads version 1`,
      { hint },
    );
  }
  const { seal: _seal, ...rest } = isPlan.data;
  const parsed = schema.safeParse(rest);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new ConfigurationError(`this plan file is damaged at ${first?.path.join(".") ?? "its beginning"}`, {
      cause: parsed.error,
      hint,
    });
  }
  return parsed.data;
}

const hint = "`rollcall plan CONNECTION --out FILE` writes one";

/** Whoever has the state folder can seal a plan, and nobody else. */
function sealingKey({ meta }: Pick<Store, "meta">): string {
  const known = meta.get("plan_key");
  if (known !== undefined) return known;
  const key = randomBytes(32).toString("hex");
  meta.set("plan_key", key);
  return key;
}
