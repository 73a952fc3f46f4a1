import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jsonSchema } from "../config/json-schema.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigurationProblems } from "../config/problems.ts";
import { ConfigurationError } from "../errors.ts";
import { checkMapping } from "../mapping/compile.ts";
import { firstConfig } from "./first-config.ts";
import type { SecretPlace } from "./init-form.ts";
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
  await writeNew(file, firstConfig(answers));
  try {
    await loadConfig(file, checkMapping);
  } catch (error) {
    // What cannot be used is not left lying about, and so no error may point into it.
    await rm(file, { force: true });
    throw error instanceof ConfigurationProblems ? wrongAnswers(error, answers) : error;
  }
  await writeSchema(dirname(file));
  const { paint } = screen;
  screen.document("Configuration", { file, connection: answers.name });
  screen.lines([
    `${paint.add("✓")} wrote ${escaped(file)}`,
    "",
    "Next:",
    ...secretSteps(answers.secrets),
    `  rollcall test ${answers.name}    log in, check permissions, map a sample person`,
    `  rollcall plan ${answers.name}    see what a sync would do`,
    `  rollcall sync ${answers.name}    do it`,
  ]);
  return 0;
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
