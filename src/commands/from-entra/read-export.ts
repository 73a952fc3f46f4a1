/** Reads the file that an admin downloaded from Entra, or says why it is none. */
import { readFile, stat } from "node:fs/promises";
import { ConfigurationError } from "../../errors.ts";
import { type ExportedSchema, exportedSchema } from "./export-schema.ts";

/** Exports with the attribute lists of both directories are some 100 KiB. */
const LARGEST_BYTES = 32 * 1024 * 1024;
const MOST_PROBLEMS = 5;

const HOW = [
  "Export it in the Entra admin center: Enterprise apps > your application > Provisioning > Attribute mapping >",
  "Show advanced options > Review your schema here > Download; or with Microsoft Graph:",
  "GET /servicePrincipals/{id}/synchronization/jobs/{jobId}/schema (docs/from-entra.md shows both)",
].join("\n");

/** Throws ConfigurationError with the place, what was expected there, and how to export the schema. */
export async function readExport(file: string): Promise<ExportedSchema> {
  return parseExport(decoded(await bytesOf(file), file), file);
}

/** The same from the text of the file. */
export function parseExport(text: string, file: string): ExportedSchema {
  const document = unwrapped(inCamelCase(jsonOf(text, file)));
  const other = whatItIs(document);
  if (other !== undefined) throw notAnExport(file, other);
  const parsed = exportedSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const shown = issues
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message }) => `${placeOf(path)}: ${message}, got ${kindOf(at(document, path))}`);
  const more = issues.length > MOST_PROBLEMS ? [`and ${issues.length - MOST_PROBLEMS} more places`] : [];
  throw notAnExport(file, [...shown, ...more].join("\n"));
}

function notAnExport(file: string, why: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`${file}: ${why}`, { hint: HOW, ...(cause === undefined ? {} : { cause }) });
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_BYTES) throw notAnExport(file, "is larger than 32 MiB, which no export is");
    return await readFile(file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw notAnExport(file, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`, error);
  }
}

/** UTF-8, or the UTF-16 that Windows PowerShell writes; with a byte order mark or without. */
function decoded(bytes: Uint8Array, file: string): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(wide ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw notAnExport(file, "is not text in UTF-8 or UTF-16", error);
  }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const why = /end of JSON input/i.test(message) ? "it ends in the middle" : placeInText(text, message);
    throw notAnExport(file, `expected JSON, ${why}`, error);
  }
}

/** The engine's words quote the text of the file; its position is all that is needed. */
function placeInText(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return "got something else";
  const before = text.slice(0, Number(position)).split("\n");
  return `it stops being JSON at line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

/** Tools that go by way of .NET objects write the names with a capital: SynchronizationRules. */
function inCamelCase(value: unknown, depth = 0): unknown {
  if (depth > 200) return null;
  if (Array.isArray(value)) return value.map((each) => inCamelCase(each, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== "__proto__");
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      inCamelCase(each, depth + 1),
    ]),
  );
}

/** The schema may stand inside a template, or inside the answer of a batch. */
function unwrapped(document: unknown): unknown {
  for (const name of ["schema", "body", "value"]) {
    const inner = property(document, name);
    if (property(inner, "synchronizationRules") !== undefined) return inner;
  }
  return document;
}

/** Other things that people export, by what gives them away. */
function whatItIs(document: unknown): string | undefined {
  if (Array.isArray(document) || typeof document !== "object" || document === null)
    return `expected an object with synchronizationRules, got ${kindOf(document)}`;
  const has = (name: string) => property(document, name) !== undefined;
  if (has("synchronizationRules")) return undefined;
  if (has("error")) return "this is an error that Microsoft Graph answered, not a schema";
  const [first] = Array.isArray(property(document, "value"))
    ? (property(document, "value") as unknown[])
    : [];
  if (
    property(first, "templateId") !== undefined ||
    property(first, "schedule") !== undefined ||
    has("schedule")
  )
    return "this is the list of provisioning jobs; ask for the schema of one: .../jobs/{jobId}/schema";
  if (has("appRoles") || has("servicePrincipalType") || has("appId"))
    return "this is the application itself; the schema belongs to its provisioning job";
  return "synchronizationRules: expected a list of synchronization rules, got nothing";
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function at(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (Array.isArray(value) ? value[Number(key)] : property(value, String(key))),
    document,
  );
}

/** `synchronizationRules[0].objectMappings[1].enabled` */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (place, key) =>
      typeof key === "number" ? `${place}[${key}]` : `${place}${place === "" ? "" : "."}${String(key)}`,
    "",
  );
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string" && /^System\.Object\[\]$|^Microsoft\.Graph\.|^@\{/.test(value))
    return `"${value.slice(0, 40)}": PowerShell cut it off, use ConvertTo-Json -Depth 20`;
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
