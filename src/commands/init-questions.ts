import { resolve } from "node:path";
import type { ConfigurationProblems } from "../config/problems.ts";
import { ConfigurationError } from "../errors.ts";
import type { Answers } from "./first-config.ts";
import { Form } from "./init-form.ts";
import { askFromEntra, readFromEntra } from "./init-from-entra.ts";
import { activeDirectory } from "./init-sources/active-directory.ts";
import { entra } from "./init-sources/entra.ts";
import { okta } from "./init-sources/okta.ts";
import type { SourceSection } from "./init-sources/source-section.ts";
import type { Invocation } from "./invocation.ts";

type SourceType = "active-directory" | "entra" | "okta";

const sections: Readonly<Record<SourceType, SourceSection>> = {
  "active-directory": activeDirectory,
  entra,
  okta,
};

const types = Object.keys(sections) as SourceType[];

/** The answers from flags; what is missing is asked for on a terminal, and listed in one error elsewhere. */
export async function answersOf(invocation: Invocation): Promise<Answers> {
  const form = new Form(invocation);
  const exported = form.given("from-entra");
  if (exported === undefined && form.given("assigned") !== undefined)
    throw new ConfigurationError("--assigned belongs to --from-entra", {
      hint: "without an export, write scope.assigned into the configuration",
    });
  const imported = exported === undefined ? undefined : await readFromEntra(exported);
  const type = await typeOf(form);
  const section = sections[type];
  const source = { type, section, entries: await section.ask(form) };
  const byDefault = imported === undefined ? "embedded" : "scim";
  const target = form.given("scim-url") === undefined ? await targetOf(form, byDefault) : "scim";
  const scim =
    target === "embedded"
      ? undefined
      : [
          await form.needed(
            "baseUrl",
            "scim-url",
            "Address of the SCIM service, such as https://app.example.com/scim/v2",
          ),
          await form.secret("token", "scim-token", "File that holds its token"),
        ];
  const fromEntra =
    imported === undefined || exported === undefined
      ? undefined
      : await askFromEntra(imported, exported, form);
  form.check();
  const name = form.given("name") ?? "staff";
  if (fromEntra !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name))
    throw new ConfigurationError(
      `--name: expected a name of letters, digits, "-" and "_" (63 at most), got "${name}"`,
    );
  return {
    name,
    state: resolve(form.given("state") ?? "/var/lib/rollcall"),
    source,
    scim,
    secrets: form.secrets,
    fromEntra,
  };
}

/** Whoever gives a flag that only one source has means that source. */
async function typeOf(form: Form): Promise<SourceType> {
  const isGiven = (flag: string) =>
    form.given(flag) !== undefined || form.isSet(flag) || form.list(flag).length > 0;
  const meant = types.filter((type) => sections[type].flags.some(isGiven));
  const named = form.given("source");
  const other = meant.find((type) => type !== (named ?? meant[0]));
  if (other !== undefined) {
    const flag = sections[other].flags.find(isGiven);
    throw new ConfigurationError(`--${flag} is of ${other}, not of ${named ?? meant[0]}`, {
      hint: "init writes one source; add others to the file by hand",
    });
  }
  return meant[0] ?? form.choice("source", `Source (${types.join(", ")})`, types);
}

function targetOf(form: Form, byDefault: "embedded" | "scim"): Promise<"embedded" | "scim"> {
  const question = "Target: embedded (a directory in a file, to try it out) or scim";
  return form.choice("target", question, ["embedded", "scim"], byDefault);
}

/** Where each answer goes in the file. */
function flagsByPath({ source, scim }: Answers): readonly (readonly [path: string, flag: string])[] {
  return [
    ["state", "--state"],
    ...source.entries.map(({ key, flag }) => [`sources.${source.section.name}.${key}`, flag] as const),
    ...(scim ?? []).map(({ key, flag }) => [`targets.app.${key}`, flag] as const),
    ["connections", "--name"],
  ];
}

/** What is wrong with the file that was made of the answers, in terms of the answers. */
export function wrongAnswers({ problems }: ConfigurationProblems, answers: Answers): ConfigurationError {
  const flags = flagsByPath(answers);
  const lines = problems.map(({ path, message }) => {
    const flag = flags.find(
      ([start]) => path === start || (/^[.[]/.test(path.slice(start.length)) && path.startsWith(start)),
    );
    return `${flag?.[1] ?? path}: ${message}`;
  });
  return new ConfigurationError(lines.join("\n"), {
    hint: "nothing was written: run `rollcall init` again with another answer",
  });
}
