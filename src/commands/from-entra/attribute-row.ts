/** One attribute mapping of Entra as a row of ours. */
import { compileExpression, type Language } from "../../mapping/expression.ts";
import { type Holds, parseTargetPath } from "../../mapping/target-path.ts";
import { asList, type Cel, call, literal, NotTranslatable, type Translation } from "./cel.ts";
import { type EntraNode, showEntra } from "./entra-expression.ts";
import type { AttributeMapping } from "./export-schema.ts";
import type { Note } from "./notes.ts";
import { sourceNode } from "./source-node.ts";
import { translate, type Wanted } from "./translate.ts";

/** A row of the mapping file. */
export interface RowSpec {
  readonly value?: string;
  readonly ifEmpty?: string;
  readonly constant?: string | boolean;
  readonly write: "always" | "onCreate" | "ifPresent";
}

/** A place of the mapping file: a row with what there is to say about it, or only that. */
export interface ImportedRow {
  /** SCIM path, canonical where it is one. */
  readonly path: string;
  /** Undefined where nothing could be made of the mapping. */
  readonly spec: RowSpec | undefined;
  /** Where in the export. */
  readonly place: string;
  /** What stands in Entra. */
  readonly entra: string;
  readonly notes: readonly Note[];
  /** More than 0: accounts are matched by it, the lowest number first. */
  readonly matchingPriority: number;
}

/** A line about a place may quote what stands there, but not all of it. */
const LONGEST_MESSAGE = 400;

/** Undefined for a mapping that maps nothing. */
export function attributeRow(
  mapping: AttributeMapping,
  language: Language,
  place: string,
): ImportedRow | undefined {
  const { variable } = language;
  const written = schemaless(mapping.targetAttributeName, variable);
  if (variable === "group" && /^members$/i.test(written)) return undefined;
  if (mapping.source === null || mapping.source === undefined) {
    if (mapping.defaultValue === null || mapping.defaultValue === undefined || mapping.defaultValue === "")
      return undefined;
  }
  const target = parseTargetPath(variable, written);
  const path = target.problem === undefined ? target.path.text : written;
  const notes: Note[] = [];
  const entra = showSource(mapping);
  const note = (type: Note["type"], said: string) => {
    const message = said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)}…` : said;
    if (!notes.some((each) => each.message === message))
      notes.push({ type, place, subject: path, entra, message });
  };
  const common = { path, place, entra, notes, matchingPriority: mapping.matchingPriority ?? 0 };
  try {
    if (target.problem !== undefined) throw new NotTranslatable(target.problem);
    const spec = rowSpec(mapping, target.holds, path, language, note);
    return { ...common, spec };
  } catch (error) {
    if (!(error instanceof NotTranslatable)) throw error;
    // What would have worked differently matters no more.
    notes.length = 0;
    note("lost", error.message);
    return { ...common, spec: undefined };
  }
}

/** Entra writes truth values of a filter as texts. */
function schemaless(name: string, kind: Language["variable"]): string {
  const core = `urn:ietf:params:scim:schemas:core:2.0:${kind === "user" ? "User" : "Group"}:`;
  const bare = name.toLowerCase().startsWith(core.toLowerCase()) ? name.slice(core.length) : name;
  return bare
    .trim()
    .replace(
      /\[\s*primary\s+eq\s+"(true|false)"\s*\]/i,
      (_, value: string) => `[primary eq ${value.toLowerCase()}]`,
    );
}

function showSource({ source, defaultValue }: AttributeMapping): string {
  if (source === null || source === undefined) return `default "${defaultValue}"`;
  if (source.type === "Constant") return `"${source.name ?? ""}"`;
  const written = source.expression?.trim() ?? "";
  if (written !== "") return written;
  try {
    return showEntra(sourceNode(source));
  } catch {
    return source.name ?? "?";
  }
}

type Say = (type: Note["type"], message: string) => void;

function rowSpec(
  mapping: AttributeMapping,
  holds: Holds,
  path: string,
  language: Language,
  note: Say,
): RowSpec {
  const needed = holds === "reference" || isAlwaysWritten(path, language);
  const write = writeOf(mapping, path, needed, note);
  const fallback = defaultOf(mapping, holds, note);
  if (mapping.source === null || mapping.source === undefined) {
    note(
      "differs",
      "Entra gives the default also to an account that has no value; Rollcall when it creates the account",
    );
    return { constant: fallback ?? "", write: "onCreate" };
  }
  const { node, isOptional } = unwrapped(sourceNode(mapping.source));
  if (node.type === "text" && holds !== "list") return { constant: constantOf(node.value, holds), write };
  let once = false;
  const translation: Translation = {
    language,
    differs: (message) => note("differs", message),
    onceOnly: () => {
      once = true;
    },
  };
  const value = translated(node, holds, translation);
  if (once && write === "always") {
    if (needed) throw new NotTranslatable(`a value that is new each time cannot be that of ${path}`);
    note("differs", "the value is a new one each time, so it is given once, when the account is created");
  }
  const kept = isOptional && write === "always" && !needed ? "ifPresent" : write;
  const spec = { value: value.text, write: once ? "onCreate" : kept } as const;
  checked(value.text, once || write === "onCreate" ? { ...language, isOnce: true } : language);
  remarks(mapping, node, path, language, note);
  if (fallback === undefined) return spec;
  note(
    "differs",
    "the default is used whenever the value is empty; Entra uses it only when it creates the account",
  );
  const text = typeof fallback === "boolean" ? String(fallback) : literal(fallback).text;
  return { ...spec, ifEmpty: holds === "list" ? `[${text}]` : text };
}

/** What an account cannot do without is never given once only. */
function isAlwaysWritten(path: string, { variable }: Language): boolean {
  return path === "active" || path === (variable === "user" ? "userName" : "displayName");
}

/** IgnoreFlowIfNullOrEmpty() around the whole leaves the target alone where there is no value. */
function unwrapped(node: EntraNode): { readonly node: EntraNode; readonly isOptional: boolean } {
  if (node.type !== "call" || node.name !== "IgnoreFlowIfNullOrEmpty") return { node, isOptional: false };
  const [inner] = node.args;
  return inner === undefined ? { node, isOptional: false } : { node: inner, isOptional: true };
}

function writeOf({ flowType }: AttributeMapping, path: string, needed: boolean, note: Say): RowSpec["write"] {
  if (needed && (flowType === "ObjectAddOnly" || flowType === "AttributeAddOnly")) {
    note("differs", `${path} is always written here; Entra writes it only when it creates the account`);
    return "always";
  }
  switch (flowType) {
    case "ObjectAddOnly":
      return "onCreate";
    case "AttributeAddOnly":
      note("differs", "Entra writes it where the target has no value; Rollcall when it creates the account");
      return "onCreate";
    case "ValueAddOnly":
    case "MultiValueAddOnly":
      note(
        "differs",
        `Entra only adds here (${flowType}); Rollcall makes the attribute equal, also where that takes a value away`,
      );
      return "always";
    default:
      return "always";
  }
}

/** A default that cannot stand there is no reason to lose the mapping too, unless it is all that there is. */
function defaultOf(
  { defaultValue, source }: AttributeMapping,
  holds: Holds,
  note: Say,
): string | boolean | undefined {
  if (defaultValue === null || defaultValue === undefined || defaultValue === "") return undefined;
  try {
    return constantOf(String(defaultValue), holds);
  } catch (error) {
    if (!(error instanceof NotTranslatable) || source === null || source === undefined) throw error;
    note("lost", `the default "${defaultValue}" is left out: ${error.message}`);
    return undefined;
  }
}

function constantOf(value: string, holds: Holds): string | boolean {
  if (holds === "reference") throw new NotTranslatable("a reference to a person cannot be constant");
  if (holds === "boolean") {
    if (/^(true|false)$/i.test(value)) return /^true$/i.test(value);
    throw new NotTranslatable(`the target holds true or false here, and the constant is "${value}"`);
  }
  if (value.trim() === "") throw new NotTranslatable("an empty constant says nothing; leave the row out");
  return value;
}

const WANTED: Readonly<Record<Holds, Wanted>> = {
  text: "text",
  boolean: "bool",
  reference: "any",
  list: "any",
  any: "any",
};

function translated(node: EntraNode, holds: Holds, translation: Translation): Cel {
  if (node.type === "attribute" && holds === "text") {
    const cel = translate(node, "any", translation);
    if (cel.type === "list") {
      translation.differs(`[${node.name}] holds several values and the place takes one: the first`);
      return call("first", [cel], "text");
    }
  }
  const cel = translate(node, WANTED[holds], translation);
  if (holds === "list") return asList(cel);
  if (holds === "any" && cel.type === "date") return translate(node, "text", translation);
  if (holds === "reference" && cel.type !== "reference")
    throw new NotTranslatable("the target holds a reference to a person here, such as user.manager");
  return cel;
}

function checked(text: string, language: Language): void {
  if (text.length > 10_000)
    throw new NotTranslatable("the translated expression is longer than 10000 characters");
  const { mistakes } = compileExpression(text, language);
  if (mistakes !== undefined) throw new NotTranslatable(mistakes.map(({ message }) => message).join("; "));
}

/** What is right, and still worth knowing. */
function remarks(
  mapping: AttributeMapping,
  node: EntraNode,
  path: string,
  language: Language,
  note: Say,
): void {
  const isId = node.type === "attribute" && /^objectId$/i.test(node.name);
  if (path === "externalId" && !isId)
    note(
      "differs",
      `kept as it is in Entra, so that the accounts there are recognised; Rollcall's own default is ${language.variable}.id, which never changes`,
    );
  if (mapping.flowBehavior === "FlowAlways")
    note("differs", "Entra sends it in every cycle; Rollcall when it differs from what the target has");
}
