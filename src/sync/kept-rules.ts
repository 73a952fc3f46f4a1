import type { Mapping } from "../mapping/mapping.ts";
import type { Json } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import { digest } from "../store/digest.ts";
import type { Spares } from "../store/edit-pages.ts";
import type { Store } from "../store/store.ts";
import { z } from "../zod.ts";
import type { Work } from "./work.ts";

/** What everybody is judged by, in a form that can be kept: what an edit changes is told by it later. */
export interface KeptRules {
  /** Of everything: changes when mapping, scope, policy or anything else that judges a record changes. */
  readonly digest: string;
  /** Of everything but the followed rows of the mapping. */
  readonly rest: string;
  readonly user: Readonly<Record<string, string>>;
  readonly group: Readonly<Record<string, string>>;
}

/** `others`: what decides besides the mapping. */
export function rulesOf(mapping: Mapping, others: readonly unknown[]): KeptRules {
  const of = (part: string) => digest([part, ...others]).toString("hex");
  return {
    digest: of(mapping.digest),
    rest: of(mapping.rest),
    user: Object.fromEntries(mapping.followed("user")),
    group: Object.fromEntries(mapping.followed("group")),
  };
}

const rows = z.record(z.string(), z.string());
const stored = z.object({ digest: z.string(), rest: z.string(), user: rows, group: rows });

/** Call when everybody is judged by them. */
export function keepRules({ meta }: Pick<Store, "meta">, rules: KeptRules): void {
  if (meta.get("mapping") !== rules.digest) meta.set("mapping", rules.digest);
  const text = JSON.stringify(rules);
  if (meta.get("judged_by") !== text) meta.set("judged_by", text);
}

/** What everybody was judged by, the same for all; undefined where that is not known. */
export function keptRules({ meta }: Pick<Store, "meta">): KeptRules | undefined {
  const text = meta.get("judged_by");
  const kept = text === undefined ? undefined : stored.parse(JSON.parse(text));
  return kept?.digest === meta.get("mapping") ? kept : undefined;
}

/**
 * Where an edit changed nothing but what followed rows of the mapping say, a look at their values is enough for most: the others are what they were.
 * Undefined where more was changed. The store may spare only those of whom it knows that the rules of before made them what they are.
 */
export function sparedBy(
  before: KeptRules | undefined,
  { rules: after, mapping, view, clock }: Pick<Work, "rules" | "mapping" | "view" | "clock">,
): Spares | undefined {
  if (before === undefined || before.rest !== after.rest) return undefined;
  const now = clock.now();
  const changed = { user: changedOf(before.user, after.user), group: changedOf(before.group, after.group) };
  return (kind, record, body) => {
    const { paths, keys } = changed[kind];
    if (paths.length === 0) return true;
    const values = mapping.values(
      kind,
      paths,
      view(kind, JSON.parse(record) as SourceRecord, now).attributes,
    );
    return (
      values !== undefined && paths.every((path, at) => holds(body, keys[at] ?? "", values[path] ?? null))
    );
  };
}

function changedOf(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  const paths = Object.keys(after).filter((path) => after[path] !== before[path]);
  return { paths, keys: paths.map((path) => `${JSON.stringify(path)}:`) };
}

/**
 * True when an object's JSON text holds this value at this key. A bare quotation mark stands in no text, so what looks like a key is one; where an
 * object is inside the object, or anything looks like it, that is not said.
 */
function holds(body: string, key: string, value: Json): boolean {
  if (body.includes("{", 1)) return false;
  const at = body.startsWith(key, 1) ? 1 : body.indexOf(`,${key}`) + 1;
  if (at === 0) return false;
  const text = JSON.stringify(value);
  const end = at + key.length + text.length;
  return body.startsWith(text, at + key.length) && (body[end] === "," || body[end] === "}");
}
