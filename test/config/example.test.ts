import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { loadConfig } from "../../src/config/load.ts";
import { checkMapping, compileMapping } from "../../src/mapping/compile.ts";
import { runMappingTests } from "../../src/mapping/mapping-tests.ts";
import { definition } from "../../src/sources/active-directory/index.ts";
import { generic } from "../../src/targets/profiles/profile.ts";
import { readDocument } from "../../src/yaml/document.ts";

const folder = fileURLToPath(new URL("../../config/", import.meta.url));
const schemaFile = `${folder}rollcall.schema.json`;

test.each(["rollcall.example.yaml", "active-directory.yaml", "entra.yaml", "okta.yaml"])(
  "%s is a sound configuration",
  async (name) => {
    const { connections, warnings } = await loadConfig(`${folder}${name}`, checkMapping);
    expect(connections.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  },
);

test("the tests inside the shipped mappings pass", async () => {
  const { connections } = await loadConfig(`${folder}rollcall.example.yaml`, checkMapping);
  const inputs = [
    ...connections.map(({ scope, mapping }) => ({ scope, mapping })),
    { scope: { include: [] } },
  ];
  for (const input of inputs) {
    const mapping = await compileMapping({ definition, ...input });
    const results = runMappingTests(mapping, mapping.tests);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter((each) => !each.passed)).toEqual([]);
  }
});

test("every option of the schema stands in the annotated example", async () => {
  const { document } = readDocument("example", readFileSync(`${folder}rollcall.example.yaml`, "utf8"));
  const options = leaves(await jsonSchema(), "");
  const used = new Set(paths(document.value, ""));
  expect(options.length).toBeGreaterThan(40);
  // Either groups or an application: the other one stands in a comment beside it.
  expect(options.filter((each) => !used.has(each))).toEqual(["connections.*.scope.assigned.app"]);
});

test("the quirks of the example are those of the profile generic, where it has any", async () => {
  const { document } = readDocument("example", readFileSync(`${folder}rollcall.example.yaml`, "utf8"));
  const written = z
    .object({ targets: z.object({ app: z.object({ quirks: z.record(z.string(), z.unknown()) }) }) })
    .parse(document.value);
  const { rate: _, headers: __, ...quirks } = written.targets.app.quirks;
  expect(generic).toMatchObject(quirks);
});

/** A secret (with its day), a file and header lines are one option each, however they are written. */
const valueForm = /\.(\*|env|file|credential|expires)$/;

/** Names of entries under these are free. */
const free = /^(sources|targets|connections)\.[^.]+/;

test("every option has a description, because that is the manual that editors show", async () => {
  const missing = undescribed(await jsonSchema(), "").filter((each) => !valueForm.test(each));
  expect(missing).toEqual([]);
});

test("rollcall.schema.json is the schema of this version (UPDATE=1 writes it)", async () => {
  const schema = await jsonSchema();
  if (process.env["UPDATE"] === "1") writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
});

interface Schema {
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

function children(schema: Schema, path: string): readonly (readonly [path: string, schema: Schema])[] {
  const { properties = {}, additionalProperties, anyOf = [] } = schema;
  const below = path === "" ? "" : `${path}.`;
  return [
    ...Object.entries(properties).map(([name, each]) => [`${below}${name}`, each] as const),
    ...(typeof additionalProperties === "object" ? [[`${below}*`, additionalProperties] as const] : []),
    ...anyOf.map((each) => [path, each] as const),
  ];
}

function leaves(schema: Schema, path: string): string[] {
  const below = children(schema, path).filter(([, each]) => Object.keys(each).length > 0);
  const named = below.filter(([each]) => each !== path);
  // Free entries with values of no structure (header lines) are an option as a whole.
  const isLeaf =
    below.length === 0 ||
    (named.length === 0 && below.every(([, each]) => children(each, path).length === 0));
  const found = isLeaf ? [path] : below.flatMap(([each, inner]) => leaves(inner, each));
  return [...new Set(found)].map((each) => each.replace(valueForm, ""));
}

function undescribed(schema: Schema, path: string): string[] {
  return children(schema, path).flatMap(([each, inner]) => {
    const named = each !== path && !each.endsWith("*");
    return [...(named && inner.description === undefined ? [each] : []), ...undescribed(inner, each)];
  });
}

function paths(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  const here = path.replace(free, "$1.*");
  return [
    here,
    ...Object.entries(value).flatMap(([key, each]) => paths(each, path === "" ? key : `${path}.${key}`)),
  ].map((each) => each.replace(free, "$1.*"));
}
