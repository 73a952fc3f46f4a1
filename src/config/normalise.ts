/** From the file as written to the configuration as used: defaults that depend on other keys, names resolved, paths absolute. */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigurationError } from "../errors.ts";
import type { SourceDefinition } from "../sources/source.ts";
import type { TargetDefinition } from "../targets/target.ts";
import type { YamlDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { show } from "../yaml/show.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import type {
  Assignment,
  AuditConfig,
  Canary,
  ConnectionConfig,
  Limits,
  NamedSection,
  Policy,
  Windows,
  Written,
} from "./config.ts";
import { auditOf } from "./normalise-audit.ts";
import type { ConfigFile, ConnectionSection } from "./schema.ts";
import type { Registries, Section } from "./sections.ts";

/** The file, checked in shape, with what its sections became. */
export interface WrittenConfig {
  readonly file: ConfigFile;
  readonly document: YamlDocument;
  readonly folder: string;
  readonly sources: ReadonlyMap<string, Section<SourceDefinition>>;
  readonly targets: ReadonlyMap<string, Section<TargetDefinition>>;
}

export interface NormalisedConnection {
  readonly config: ConnectionConfig;
  readonly definition: SourceDefinition;
}

export interface Normalised {
  readonly state: string;
  readonly audit: AuditConfig;
  /** Those whose names could be resolved. */
  readonly connections: readonly NormalisedConnection[];
}

/** The target that a connection without `target` writes to, when the file does not describe it. */
const EMBEDDED = "directory";

/** What does not resolve is added to the problems, and its connection left out. */
export async function normalise(
  written: WrittenConfig,
  registries: Registries,
  problems: Problem[],
): Promise<Normalised> {
  const connections: NormalisedConnection[] = [];
  for (const [name, section] of Object.entries(written.file.connections)) {
    const keys: Keys = ["connections", name];
    const source = resolveName(
      written,
      "sources",
      written.sources,
      section.source,
      [...keys, "source"],
      problems,
    );
    const target = await resolveTarget(written, registries, section, keys, problems);
    const mapping = await readMapping(written, section, keys, problems);
    if (source === undefined || target === undefined || mapping === "unreadable") continue;
    const { definition, ...sourceSection } = source;
    connections.push({
      definition,
      config: {
        name,
        where: written.document.where(keys),
        source: sourceSection,
        target,
        mode: section.mode,
        everyMs: section.every ?? written.file.every,
        ...windowsOf(section),
        reconcileEveryMs: section.reconcile === "never" ? undefined : section.reconcile,
        scope: {
          ...written1("users", section.scope.users, written.document, keys),
          ...written1("groups", section.scope.groups, written.document, keys),
          include: section.scope.include,
          ...assignmentOf(section),
        },
        ...(mapping === undefined ? {} : { mapping }),
        ...(section.pilot === undefined ? {} : { pilot: section.pilot }),
        policy: policyOf(section),
        limits: limitsOf(section),
        retry: { waitsMs: section.retry.schedule, giveUpAfterMs: section.retry.giveUpAfter },
        protect: section.protect,
        privilegedGroups: [...new Set(section.privilegedGroups)],
        ...canaryOf(section),
      },
    });
  }
  return {
    state: resolve(written.folder, written.file.state),
    audit: auditOf(written.file.audit, written.folder),
    connections,
  };
}

function written1<Key extends "users" | "groups">(
  key: Key,
  text: string | undefined,
  document: YamlDocument,
  keys: Keys,
): { readonly [K in Key]?: Written } {
  if (text === undefined) return {};
  const rule: Written = { text, where: document.where([...keys, "scope", key]) };
  return { [key]: rule } as { readonly [K in Key]?: Written };
}

function assignmentOf({ scope: { assigned } }: ConnectionSection): { readonly assigned?: Assignment } {
  if (assigned?.app !== undefined) return { assigned: { app: assigned.app } };
  if (assigned?.groups === undefined) return {};
  return { assigned: { groups: assigned.groups, transitive: assigned.transitive } };
}

function policyOf({ policy: { deleteAfter, ...policy } }: ConnectionSection): Policy {
  return { ...policy, deleteAfterMs: deleteAfter === "never" ? undefined : deleteAfter };
}

function windowsOf({ windows, timezone }: ConnectionSection): { readonly windows?: Windows } {
  return windows === undefined ? {} : { windows: { patterns: windows, timezone } };
}

function canaryOf({ canary }: ConnectionSection): { readonly canary?: Canary } {
  if (canary === undefined) return {};
  const { user, group } = canary;
  return { canary: { ...(user === undefined ? {} : { user }), ...(group === undefined ? {} : { group }) } };
}

function limitsOf({ limits: { window, ...limits } }: ConnectionSection): Limits {
  return { ...limits, windowMs: window };
}

function resolveName<Found>(
  written: WrittenConfig,
  kind: "sources" | "targets",
  sections: ReadonlyMap<string, Found>,
  name: string,
  keys: Keys,
  problems: Problem[],
): Found | undefined {
  const found = sections.get(name);
  const names = Object.keys(written.file[kind]);
  // A section that is there but wrong has its own problem already.
  if (found === undefined && !Object.hasOwn(raw(written.document.value, kind), name)) {
    const what = kind === "sources" ? "a source" : "a target";
    const expected =
      names.length === 0 ? `${what} that is described under ${kind}` : `${what} (${listNames(names)})`;
    problems.push(
      written.document.problem(keys, `expected ${expected}, got ${show(name)}${didYouMean(name, names)}`),
    );
  }
  return found;
}

function raw(value: unknown, key: string): object {
  const section =
    typeof value === "object" && value !== null
      ? Object.entries(value).find(([name]) => name === key)
      : undefined;
  return typeof section?.[1] === "object" && section[1] !== null ? section[1] : {};
}

async function resolveTarget(
  written: WrittenConfig,
  registries: Registries,
  section: ConnectionSection,
  keys: Keys,
  problems: Problem[],
): Promise<NamedSection | undefined> {
  if (section.target === EMBEDDED && !Object.hasOwn(written.file.targets, EMBEDDED)) {
    const definition = await registries.targets.embedded?.();
    if (definition !== undefined) {
      const where = written.document.where(keys);
      return { name: EMBEDDED, type: "embedded", settings: definition.settings.parse({}), where };
    }
  }
  const found = resolveName(
    written,
    "targets",
    written.targets,
    section.target,
    [...keys, "target"],
    problems,
  );
  if (found === undefined) return undefined;
  const { definition: _, ...target } = found;
  return target;
}

async function readMapping(
  written: WrittenConfig,
  section: ConnectionSection,
  keys: Keys,
  problems: Problem[],
): Promise<{ readonly file: string; readonly text: string } | undefined | "unreadable"> {
  if (section.mapping === undefined) return undefined;
  // Shown as the admin would type it from where they stand, like the configuration itself.
  const file = isAbsolute(section.mapping)
    ? section.mapping
    : join(dirname(written.document.file), section.mapping);
  try {
    return { file, text: await readTextFile(resolve(written.folder, section.mapping)) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(
      written.document.problem([...keys, "mapping"], `expected a mapping file, but ${error.message}`),
    );
    return "unreadable";
  }
}
