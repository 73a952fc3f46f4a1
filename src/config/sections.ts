/** Sources and targets: each section is checked by the definition that its `type` names, which is loaded only then. */
import { isAbsolute, resolve } from "node:path";
import { sources } from "../sources/index.ts";
import type { SourceDefinition } from "../sources/source.ts";
import { targets } from "../targets/index.ts";
import type { TargetDefinition } from "../targets/target.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { checkShape } from "../yaml/shape.ts";
import { show } from "../yaml/show.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import type { NamedSection } from "./config.ts";

/** Types by name, each loaded when it is used. */
export type Registry<Definition> = Readonly<Record<string, () => Promise<Definition>>>;

export interface Registries {
  readonly sources: Registry<SourceDefinition>;
  readonly targets: Registry<TargetDefinition>;
}

/** What this version can read and write. */
export const defaultRegistries: Registries = { sources, targets };

/** A section that passed its definition's schema. */
export interface Section<Definition> extends NamedSection {
  readonly definition: Definition;
}

type AnyDefinition = SourceDefinition | TargetDefinition;

/** The sections of one kind whose type is known, by name, and what is wrong with them. */
export async function checkSections<Definition extends AnyDefinition>(
  kind: "sources" | "targets",
  registry: Registry<Definition>,
  document: YamlDocument,
  folder: string,
): Promise<{
  readonly sections: ReadonlyMap<string, Section<Definition>>;
  readonly problems: readonly Problem[];
}> {
  const sections = new Map<string, Section<Definition>>();
  const problems: Problem[] = [];
  for (const [name, written] of entries(at(document.value, kind))) {
    const { type, ...rest } = Object.fromEntries(entries(written));
    if (typeof type !== "string") continue; // the shape of the file says so already
    const load = Object.hasOwn(registry, type) ? registry[type] : undefined;
    if (load === undefined) {
      problems.push(document.problem([kind, name, "type"], unknownType(type, registry)));
      continue;
    }
    const definition = await load();
    const keys: Keys = [kind, name];
    const checked = checkShape<unknown>(definition.settings, absoluteFiles(rest, folder), document, {
      keys,
      hideUnknown: true,
    });
    // With wrong settings it still tells which attributes there are, so that mappings can be checked.
    const settings = checked.problems === undefined ? checked.value : undefined;
    sections.set(name, { name, type, settings, where: document.where(keys), definition });
    problems.push(...(checked.problems ?? []));
  }
  return { sections, problems };
}

function unknownType(type: string, registry: Registry<unknown>): string {
  const names = Object.keys(registry);
  return `expected ${listNames(names)}, got ${show(type)}${didYouMean(type, names)}`;
}

/** `{ file: x }` anywhere in a section means a file beside the configuration, wherever the process was started. */
export function absoluteFiles(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((each) => absoluteFiles(each, folder));
  if (typeof value !== "object" || value === null) return value;
  const file = at(value, "file");
  const others = Object.keys(value).filter((key) => key !== "file" && key !== "expires");
  if (typeof file === "string" && file !== "" && !isAbsolute(file) && others.length === 0)
    return { ...value, file: resolve(folder, file) };
  return Object.fromEntries(entries(value).map(([key, each]) => [key, absoluteFiles(each, folder)]));
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function at(value: unknown, key: string): unknown {
  return entries(value).find(([name]) => name === key)?.[1];
}
