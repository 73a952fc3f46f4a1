/** The rows of a mapping file, and how a file that extends the default changes them. */

import type { Path } from "../scim/path.ts";
import type { Kind } from "../scim/resource.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { didYouMean } from "../yaml/suggest.ts";
import type { MappingFile, RowSpec } from "./schema.ts";
import { type Holds, parseTargetPath } from "./target-path.ts";

/** A row as written, with the place that it was written at. */
export interface WrittenRow {
  readonly path: Path;
  readonly holds: Holds;
  readonly spec: Exclude<RowSpec, null>;
  readonly document: YamlDocument;
  readonly keys: Keys;
}

export interface WrittenSection {
  /** By canonical path. */
  readonly rows: ReadonlyMap<string, WrittenRow>;
  readonly match: readonly WrittenMatch[];
}

export interface WrittenMatch {
  readonly text: string;
  readonly document: YamlDocument;
  readonly keys: Keys;
}

const NOTHING: WrittenSection = { rows: new Map(), match: [] };

/** One kind's section of a file on top of the inherited one. Problems are added to the list. */
export function readSection(
  kind: Kind,
  file: MappingFile,
  document: YamlDocument,
  inherited: WrittenSection | undefined,
  problems: Problem[],
): WrittenSection {
  const name = kind === "user" ? "users" : "groups";
  const section = file[name];
  const base = file.extends === "default" ? (inherited ?? NOTHING) : NOTHING;
  if (section === undefined) return base;
  const rows = new Map(base.rows);
  const seen = new Map<string, string>();
  for (const [text, spec] of Object.entries(section.attributes)) {
    const keys = [name, "attributes", text];
    const parsed = parseTargetPath(kind, text);
    if (parsed.problem !== undefined) {
      problems.push(document.problem(keys, parsed.problem, { at: "key" }));
      continue;
    }
    const place = parsed.path.text;
    const twin = seen.get(place);
    if (twin !== undefined)
      problems.push(document.problem(keys, `the same place as ${twin}; keep one of them`, { at: "key" }));
    seen.set(place, text);
    if (spec !== null) rows.set(place, { path: parsed.path, holds: parsed.holds, spec, document, keys });
    else if (!rows.delete(place)) {
      const message = `null drops a row of the default mapping, which has none of this name${didYouMean(place, rows.keys())}`;
      problems.push(document.problem(keys, message, { at: "key" }));
    }
  }
  for (const row of rows.values()) {
    const whole = row.path.filter === undefined ? undefined : rows.get(row.path.attribute);
    if (whole !== undefined && whole.holds === "list")
      problems.push(
        row.document.problem(
          row.keys,
          `${row.path.attribute} is written as a whole by another row; keep one of them`,
          { at: "key" },
        ),
      );
  }
  return { rows, match: section.match === undefined ? base.match : readMatch(name, section.match, document) };
}

function readMatch(name: string, match: readonly string[], document: YamlDocument): WrittenMatch[] {
  return match.map((text, index) => ({ text, document, keys: [name, "match", index] }));
}
