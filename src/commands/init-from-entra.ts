/** `rollcall init --from-entra FILE`: the setup that Entra's provisioning has now, as a mapping and a connection of ours. */
import { sourceDefinitionOf } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { languageOf } from "../mapping/compile.ts";
import { type Imported, importSchema } from "./from-entra/import.ts";
import type { Note } from "./from-entra/notes.ts";
import { anyOf, type ImportedKind, type ImportedScope } from "./from-entra/object-mapping.ts";
import { readExport } from "./from-entra/read-export.ts";
import { settled } from "./from-entra/settle.ts";
import { comment, yamlItem, yamlText } from "./from-entra/yaml-text.ts";
import type { Form } from "./init-form.ts";

/** What an import adds to a first configuration. */
export interface FromEntra {
  readonly imported: Imported;
  /** The mapping file. */
  readonly text: string;
  /** Lines of the connection, indented: mode, scope and policy. */
  readonly connection: readonly string[];
  readonly notes: readonly Note[];
}

/** Reads the export first: nobody should answer questions about a file that is none. */
export async function readFromEntra(file: string): Promise<Imported> {
  const definition = await sourceDefinitionOf("entra");
  const languages = { user: languageOf({ definition }, "user"), group: languageOf({ definition }, "group") };
  return importSchema(await readExport(file), file, languages);
}

const QUESTION =
  "Id of the enterprise application whose assigned people Entra provisions (Provisioning > Settings > Scope), or everybody";

/** The export does not tell whether everybody is provisioned or only who is assigned, and a guess would make accounts. */
export async function askFromEntra(imported: Imported, file: string, form: Form): Promise<FromEntra> {
  const assigned = await form.need("assigned", QUESTION);
  if (assigned !== "" && !/^everybody$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(assigned))
    throw new ConfigurationError(
      `--assigned: expected the id of an enterprise application (a GUID), or everybody, got "${assigned}"`,
    );
  const definition = await sourceDefinitionOf("entra");
  const { imported: sound, text, problems } = await settled(imported, file, definition);
  const [problem] = problems;
  if (problem !== undefined)
    throw new ConfigurationError(
      `${file}: the mapping that was made of it cannot be used: ${problem.path}: ${problem.message}`,
      {
        hint: "this is a defect of the import; leave that mapping out of the export and write its row by hand",
      },
    );
  const app = /^everybody$/i.test(assigned) ? undefined : assigned;
  const groupNotes = unsaidGroups(sound, app);
  const notes = [...notesOf(sound), ...groupNotes];
  return { imported: sound, text, notes, connection: connectionLines(sound, app, notes) };
}

/** Every line that there is to say, in the order of the export. */
function notesOf({ notes, user, group }: Imported): readonly Note[] {
  const of = (kind: ImportedKind) => [
    ...kind.notes,
    ...kind.rows.flatMap((row) => row.notes),
    ...(kind.scope?.notes ?? []),
  ];
  return [...notes, ...of(user), ...(group === undefined ? [] : of(group))];
}

/** Entra pushes those groups that are assigned; which these are the export does not tell. */
function unsaidGroups({ group }: Imported, app: string | undefined): readonly Note[] {
  if (app === undefined || group === undefined || group.scope !== undefined) return [];
  return [
    {
      type: "lost",
      place: "synchronizationRules",
      subject: "scope.groups",
      entra: "the groups that are assigned to the application",
      message:
        "the export does not name them, so no groups are pushed yet: say in scope.groups which, then take policy.groups.push: false out",
    },
  ];
}

function connectionLines(
  imported: Imported,
  app: string | undefined,
  notes: readonly Note[],
): readonly string[] {
  const lost = notes.filter(({ type }) => type === "lost").length;
  const pushes =
    imported.group !== undefined &&
    !notes.some(
      ({ subject, type }) =>
        subject === "scope.groups" && type === "lost" && imported.group?.scope === undefined,
    );
  const policy = imported.user.deactivates
    ? []
    : [
        ...comment("The export has no mapping for active: Entra switches nobody off.", "      "),
        "      whenDisabled: keep",
        "      whenOutOfScope: keep",
      ];
  return [
    ...(lost === 0
      ? []
      : [
          ...comment(
            `${lost} of Entra's settings could not be taken over (marked with ! here and in the mapping): look at them, then write mode: sync.`,
            "    ",
          ),
          "    mode: dry-run",
        ]),
    ...scopeLines(imported, app, notes),
    "    policy:",
    "      existingAccounts: review   # an account that exists already waits for a person's word",
    ...notes.filter(({ subject }) => subject === "policy").flatMap((note) => noteLines(note, "      ")),
    ...policy,
    ...notes
      .filter(({ subject }) => subject === "policy.groups")
      .flatMap((note) => noteLines(note, "      ")),
    ...(pushes ? [] : ["      groups: { push: false }"]),
  ];
}

function scopeLines(
  { user, group }: Imported,
  app: string | undefined,
  notes: readonly Note[],
): readonly string[] {
  const about = (subject: string) =>
    notes.filter((note) => note.subject === subject).flatMap((note) => noteLines(note, "      "));
  return [
    "    scope:",
    ...(app === undefined
      ? comment("Everybody: without a rule every member of the tenant.", "      ")
      : [
          ...comment(
            "Only who is assigned to the enterprise application; of assigned groups the direct members, as in Entra.",
            "      ",
          ),
          `      assigned: { app: ${yamlItem(app)} }`,
        ]),
    ...comment(
      "Guests are left out by default. Entra provisions those in scope: include: [guests] lets them in.",
      "      ",
    ),
    "      include: []",
    ...about("scope.users"),
    ...ruleLines("users", user.scope),
    ...about("scope.groups"),
    ...(group === undefined ? [] : ruleLines("groups", group.scope)),
  ];
}

/** A rule on one line; of several filters each on its own. */
function ruleLines(name: string, scope: ImportedScope | undefined): readonly string[] {
  if (scope === undefined) return [];
  const { filters, and } = scope;
  const named = filters.filter((each) => each.name !== "");
  const comments =
    named.length > 0
      ? comment(`Filters in Entra: ${named.map((each) => each.name).join(" | ")}`, "      ")
      : [];
  const whole = filters.length === 0 ? [] : [anyOf(filters)];
  const rules = [...whole, ...and.map(({ rule }) => rule)];
  const rule = rules.length === 1 ? (rules[0] ?? "true") : rules.map((each) => `(${each})`).join(" && ");
  const isLong = rule.length > 90 && filters.length > 1 && and.length === 0 && !/[^\x20-\x7e]/.test(rule);
  if (!isLong) return [...comments, `      ${name}: ${yamlText(rule)}`];
  const lines = filters.map((each, at) => `        ${at === 0 ? "" : "|| "}(${each.rule})`);
  return [...comments, `      ${name}: >-`, ...lines];
}

function noteLines({ entra, message, type }: Note, indent: string): readonly string[] {
  return comment(`! ${entra}: ${type === "lost" ? "not taken over: " : ""}${message}`, indent, 2);
}
