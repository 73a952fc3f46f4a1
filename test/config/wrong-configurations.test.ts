import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Desk, type Result } from "../commands/desk.ts";
import { type Wrong, wrongConfigurations } from "./wrong-configurations.ts";

const page = fileURLToPath(new URL("../../docs/configuration-errors.md", import.meta.url));
const isUpdate = process.env["UPDATE"] === "1";
const chapters = Object.entries(wrongConfigurations);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-wrong-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function validate({ yaml, mapping }: Wrong, options = ""): Promise<Result> {
  using desk = new Desk();
  desk.place = join(folder, "rollcall.yaml");
  writeFileSync(desk.place, yaml);
  if (mapping !== undefined) writeFileSync(join(folder, "mapping.yaml"), mapping);
  return desk.run(`validate${options}`);
}

/** As the page shows it. */
async function saidOf(wrong: Wrong): Promise<string> {
  const { out, err } = await validate(wrong);
  return `${out}${err}`.replaceAll(`${folder}/`, "").replaceAll(folder, ".").trimEnd();
}

describe.each(chapters)("%s", (_chapter, all) => {
  test.each(all)("$title", async (wrong) => {
    const began = performance.now();
    const { code, out, err } = await validate(wrong);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(code).toBe(2);
    expect(`${out}${err}`).not.toMatch(/hunter2|This is a bug/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(`${out}${err}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    if (!isUpdate) expect(readFileSync(page, "utf8")).toContain(entry(wrong, await saidOf(wrong)));
  });
});

test("there are more than sixty of them, and the page names each once", () => {
  const titles = chapters.flatMap(([, all]) => all.map(({ title }) => title));
  expect(titles.length).toBeGreaterThan(60);
  expect(new Set(titles).size).toBe(titles.length);
  if (!isUpdate)
    expect(readFileSync(page, "utf8").match(/^\*\*.*\*\*$/gm)).toEqual(
      titles.map((title) => `**${sentence(title)}**`),
    );
});

if (isUpdate)
  test("the page is written", async () => {
    const parts = [head];
    for (const [chapter, all] of chapters) {
      parts.push(`## ${chapter}\n`);
      for (const wrong of all) parts.push(entry(wrong, await saidOf(wrong)));
    }
    writeFileSync(page, parts.join("\n"));
  });

const head = `# What is wrong with my configuration?

\`rollcall validate\` names everything that is wrong at once: the place (file, line, column), the key, what was expected and what
stands there, and the line itself. Nothing is started with a configuration that is wrong, and the exit code is 2. What may be a
secret is never shown.

This page is made by running \`rollcall validate\` on each of these mistakes.
`;

function entry({ title }: Wrong, said: string): string {
  return `**${sentence(title)}**\n\n\`\`\`text\n${said}\n\`\`\`\n`;
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}
