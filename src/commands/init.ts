import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jsonSchema } from "../config/json-schema.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigurationProblems } from "../config/problems.ts";
import { ConfigurationError } from "../errors.ts";
import { checkMapping } from "../mapping/compile.ts";
import { type Answers, firstConfig, mappingName } from "./first-config.ts";
import type { SecretPlace } from "./init-form.ts";
import { noteLines } from "./init-notes.ts";
import { answersOf, wrongAnswers } from "./init-questions.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { createScreen } from "./screen.ts";

/** `rollcall init`: writes a first configuration from flags, or questions on a terminal. Never over a file that is there. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const file = textOf(invocation.flags, "config") ?? "config/rollcall.yaml";
  if (existsSync(file)) throw exists(file);
  const answers = await answersOf(invocation);
  const { name, fromEntra } = answers;
  const mapping = fromEntra && join(dirname(file), mappingName(name));
  if (mapping !== undefined && existsSync(mapping)) throw exists(mapping);
  const written = await writeAll(file, answers, mapping);
  try {
    await loadConfig(file, checkMapping);
  } catch (error) {
    // What cannot be used is not left lying about, and so no error may point into it.
    for (const each of written) await rm(each, { force: true });
    throw error instanceof ConfigurationProblems ? wrongAnswers(error, answers) : error;
  }
  await writeSchema(dirname(file));
  const { paint } = screen;
  screen.document("Configuration", {
    file,
    connection: name,
    ...(mapping === undefined ? {} : { mapping }),
    ...(fromEntra === undefined ? {} : { notes: fromEntra.notes }),
  });
  screen.lines([
    ...written.map((each) => `${paint.add("✓")} wrote ${escaped(each)}`),
    ...(fromEntra === undefined ? [] : ["", ...noteLines(fromEntra.notes, screen)]),
    "",
    "Next:",
    ...secretSteps(answers.secrets),
    `  rollcall test ${name}    log in, check permissions, map a sample person`,
    ...(fromEntra === undefined
      ? []
      : [`  rollcall attributes ${name}    directory, mapping and target side by side`]),
    `  rollcall plan ${name}    see what a sync would do`,
    `  rollcall sync ${name}    do it`,
  ]);
  return 0;
}

/** The mapping first: the configuration names it. What was written is taken away again when the rest cannot be. */
async function writeAll(
  file: string,
  answers: Answers,
  mapping: string | undefined,
): Promise<readonly string[]> {
  const files: [file: string, text: string][] = [[file, firstConfig(answers)]];
  if (mapping !== undefined && answers.fromEntra !== undefined)
    files.unshift([mapping, answers.fromEntra.text]);
  const written: string[] = [];
  try {
    for (const [each, text] of files) {
      await writeNew(each, text);
      written.push(each);
    }
  } catch (error) {
    for (const each of written) await rm(each, { force: true });
    throw error;
  }
  return written.toReversed();
}

/** What the first line of the configuration names: completion and explanations in editors. One that is there is left alone. */
async function writeSchema(folder: string): Promise<void> {
  const file = join(folder, "rollcall.schema.json");
  if (existsSync(file)) return;
  await writeFile(file, `${JSON.stringify(await jsonSchema(), null, 2)}\n`, { mode: 0o644 });
}

function secretSteps(secrets: readonly SecretPlace[]): string[] {
  return secrets.map((secret) =>
    "file" in secret
      ? `  put the secret into ${escaped(secret.file)} (mode 600), if it is not there yet`
      : `  set ${escaped(secret.env)} in the environment`,
  );
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx", mode: 0o640 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EEXIST") throw exists(file);
    throw new ConfigurationError(`${file} cannot be written (${code})`, {
      cause: error,
      hint: "name another place with --config FILE",
    });
  }
}

function exists(file: string): ConfigurationError {
  return new ConfigurationError(`${file} is there already and is not touched`, {
    hint: "edit it, or name another file with --config FILE",
  });
}
