/** The mapping file that an import makes: each row at its place, and at the place of each that could not be made why. */
import { basename } from "node:path";
import type { ImportedRow, RowSpec } from "./attribute-row.ts";
import type { Imported } from "./import.ts";
import type { Note } from "./notes.ts";
import type { ImportedKind } from "./object-mapping.ts";
import { comment, yamlItem, yamlText } from "./yaml-text.ts";

const ABOUT = [
  "An attribute that becomes empty in Entra ID is cleared at the target, where Entra's own provisioning leaves the old value: to have that, " +
    "write { value: user.title, write: ifPresent }.",
  "Lines with ! are about what works in another way than in Entra, or was not taken over. `rollcall validate` checks this file after every edit,",
  "`rollcall attributes` shows it beside what the directory offers and the target takes.",
];

export function mappingText(imported: Imported, file: string): string {
  const of = imported.application === "" ? "" : ` of ${imported.application}`;
  const lines = [
    ...comment(
      `Made by \`rollcall init --from-entra\` of the provisioning schema${of} (${basename(file)}).`,
      "",
    ),
    ...ABOUT.flatMap((text) => comment(text, "")),
    ...imported.notes.flatMap((note) => noteLines(note, "")),
    "",
    ...section("users", imported.user),
    ...(imported.group === undefined ? [] : ["", ...section("groups", imported.group)]),
  ];
  return `${lines.join("\n")}\n`;
}

function section(name: string, kind: ImportedKind): readonly string[] {
  return [
    `${name}:`,
    ...kind.notes
      .filter(({ subject }) => subject.endsWith(".match"))
      .flatMap((note) => noteLines(note, "  ")),
    `  match: [${kind.match.map(yamlItem).join(", ")}]`,
    "  attributes:",
    ...kind.rows.flatMap(rowLines),
    ...(name === "groups" ? ["  # Members are pushed with every group; there is no row for them."] : []),
  ];
}

function rowLines(row: ImportedRow): readonly string[] {
  const { path, spec, entra, notes } = row;
  const indent = "    ";
  if (spec === undefined)
    return [
      ...comment(`${path}: ${entra}`, indent, 4),
      ...notes.flatMap((note) => comment(`! not translated: ${note.message}`, indent, 2)),
    ];
  const isPlain = /^!?\w+\.\w+$/.test(spec.value ?? "user.x");
  return [
    ...(isPlain ? [] : comment(`Entra: ${entra}`, indent, 7)),
    ...notes.flatMap(({ message }) => comment(`! ${message}`, indent, 2)),
    `${indent}${yamlItem(path)}: ${specText(spec)}`,
  ];
}

function noteLines({ entra, message, type }: Note, indent: string): readonly string[] {
  return comment(`! ${entra}: ${type === "lost" ? "not taken over: " : ""}${message}`, indent, 2);
}

function specText({ value, ifEmpty, constant, write }: RowSpec): string {
  const onCreate = write === "always" ? [] : [`write: ${write}`];
  if (constant !== undefined) {
    const shown = typeof constant === "string" ? quoted(constant) : String(constant);
    return `{ ${[`constant: ${shown}`, ...onCreate].join(", ")} }`;
  }
  if (ifEmpty === undefined && onCreate.length === 0) return yamlText(value ?? "");
  const parts = [
    `value: ${quoted(value ?? "")}`,
    ...(ifEmpty === undefined ? [] : [`ifEmpty: ${quoted(ifEmpty)}`]),
    ...onCreate,
  ];
  return `{ ${parts.join(", ")} }`;
}

/** Inside { } everything but a plain name is put in quotes. */
function quoted(text: string): string {
  const shown = yamlText(text);
  return shown === text ? yamlItem(text) : shown;
}
