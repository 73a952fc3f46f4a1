import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { documents, publishedSchema } from "../../src/commands/output/documents/documents.ts";
import { Desk } from "./desk.ts";
import { documentsIn } from "./documents.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const updates = process.env["UPDATE"] === "1";

/** Documents by the name that the source gives them where it writes them. */
function kindsInSource(): readonly string[] {
  const texts = globSync("src/commands/**/*.ts", { cwd: root }).map((file) =>
    readFileSync(root + file, "utf8"),
  );
  const written = /(?:\bdocument|jsonDocument|jsonListDocument)\(\s*"(\w+)"|^ {2}kind: "(\w+Report)",$/gm;
  return texts.flatMap((text) => [...text.matchAll(written)].map(([, kind, report]) => kind ?? report ?? ""));
}

test("every document that a command writes has a definition, and every definition a command", () => {
  expect([...new Set(kindsInSource())].toSorted()).toEqual(Object.keys(documents).toSorted());
});

const fileOf = (kind: string) => `docs/json/${kind}.schema.json`;

test("docs/json/ has the schema of every document, as generated", () => {
  const wanted = new Map(
    Object.entries(documents).map(([kind, each]) => [
      fileOf(kind),
      `${JSON.stringify(publishedSchema(kind, each), null, 2)}\n`,
    ]),
  );
  if (updates) {
    mkdirSync(`${root}docs/json`, { recursive: true });
    for (const file of globSync("docs/json/*.schema.json", { cwd: root }))
      if (!wanted.has(file)) rmSync(root + file);
    for (const [file, text] of wanted) writeFileSync(root + file, text);
  }
  const files = globSync("docs/json/*.schema.json", { cwd: root });
  expect(files.toSorted(), "UPDATE=1 writes them").toEqual([...wanted.keys()].toSorted());
  for (const [file, text] of wanted)
    expect(readFileSync(root + file, "utf8"), "UPDATE=1 writes it").toBe(text);
});

test("docs/json.md lists every document with its command", () => {
  const table = Object.entries(documents).map(
    ([kind, { from, summary }]) =>
      `| [${kind}](json/${kind}.schema.json) | \`${from === "any command" ? from : `rollcall ${from}`}\` | ${summary} |`,
  );
  const file = `${root}docs/json.md`;
  const text = readFileSync(file, "utf8");
  const [before = "", , after = ""] = text.split(/<!-- (?:begin|end) of the table -->/);
  const whole = `${before}<!-- begin of the table -->\n\n| document | command | what it says |\n| --- | --- | --- |\n${table.join("\n")}\n\n<!-- end of the table -->${after}`;
  if (updates) writeFileSync(file, whole);
  expect(readFileSync(file, "utf8"), "UPDATE=1 writes it").toBe(whole);
});

/** A morning in which nearly every command is typed. */
const morning = [
  "test",
  "survey",
  "plan",
  "sync",
  "explain u0001",
  "status",
  "log",
  "log verify",
  "connection",
  "quarantine",
  "report leavers",
  "report access",
  "report approvals",
  "held list",
  "retry",
  "undo 3",
  "pause --reason enough",
  "resume",
  "unlink u0001",
  "reset --cursor",
  "links export {folder}/links.csv",
  "links import {folder}/links.csv --reason moved",
  "explain nobody",
];

test("what a reader of the published schemas gets is valid by another implementation of JSON Schema", async () => {
  using desk = new Desk();
  desk.directory.people("u", 30).group("team", ["u0001", "u0002"]);
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const seen = new Set<string>();
  for (const line of morning) {
    if (line === "undo 3") desk.directory.person("u0001", { enabled: false, title: "x" });
    const typed = line.replace("{folder}", desk.folder);
    const { out } = await desk.run(`${typed} --json`);
    for (const document of documentsIn(out)) {
      seen.add(document.kind);
      const definition = documents[document.kind];
      const isValid =
        definition !== undefined && ajv.validate(publishedSchema(document.kind, definition), document);
      expect([line, isValid, ajv.errorsText()]).toEqual([line, true, "No errors"]);
    }
  }
  expect(seen.size).toBeGreaterThan(20);
});

test("a reader that knows the schema is not told that there are no other fields", () => {
  for (const [kind, definition] of Object.entries(documents))
    expect(JSON.stringify(publishedSchema(kind, definition))).not.toContain('"additionalProperties":false');
});

test("`schema json` prints the schema of one document, or of all of them", async () => {
  using desk = new Desk();
  const one = await desk.run("schema json Status");
  expect(one.code).toBe(0);
  expect(JSON.parse(one.out)).toMatchObject({ title: "Status", properties: { kind: { const: "Status" } } });
  const all = JSON.parse((await desk.run("schema json")).out) as {
    readonly oneOf: readonly { title: string }[];
  };
  expect(all.oneOf.map(({ title }) => title).toSorted()).toEqual(Object.keys(documents).toSorted());
  expect(await desk.run("schema json Statu")).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean "Status"?'),
  });
  expect((await desk.run("schema config Status")).code).toBe(2);
});
