import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { mappingJsonSchema } from "../../src/mapping/json-schema.ts";
import { sources } from "../../src/sources/index.ts";
import { readDocument } from "../../src/yaml/document.ts";
import { Desk } from "../commands/desk.ts";
import { brokenMappings } from "../mapping/broken-mappings.ts";
import { wrongConfigurations } from "./wrong-configurations.ts";

const folder = fileURLToPath(new URL("../../config/", import.meta.url));

let configuration: ValidateFunction;
let mapping: ValidateFunction;
beforeAll(async () => {
  // As editors take it: unknown formats and keywords are no mistake of the schema.
  const ajv = new Ajv({ strict: false, allErrors: true });
  configuration = ajv.compile(await jsonSchema());
  mapping = ajv.compile(mappingJsonSchema());
});

function readValue(text: string): unknown {
  return readDocument("f", text).document.value;
}

describe("an editor with the schema", () => {
  test.each(["rollcall.example.yaml", "active-directory.yaml", "entra.yaml", "okta.yaml"])(
    "takes %s",
    (name) => {
      configuration(readValue(readFileSync(`${folder}${name}`, "utf8")));
      expect(configuration.errors ?? []).toEqual([]);
    },
  );

  test("takes the mapping of the example, and those that are built in", async () => {
    const texts = [readFileSync(`${folder}mappings/staff.yaml`, "utf8")];
    for (const load of Object.values(sources)) texts.push(readFileSync((await load()).mapping, "utf8"));
    for (const text of texts) {
      mapping(readValue(text));
      expect(mapping.errors ?? []).toEqual([]);
    }
  });

  test("underlines what is wrong in shape before `rollcall validate` is run", () => {
    const all = Object.values(wrongConfigurations)
      .flat()
      .filter(({ yaml, mapping: rows }) => typeof yaml === "string" && rows === undefined)
      .map(({ title, yaml }) => ({ title, value: readValue(String(yaml)) }))
      .filter(({ value }) => value !== undefined);
    const seen = all.filter(({ value }) => !configuration(value)).map(({ title }) => title);
    // The others are a matter of several keys together, of names, of expressions or of files.
    expect(seen.length).toBeGreaterThan(all.length / 3);
    for (const title of [
      "misspelt keys at every level",
      "a duration without a unit",
      "a word that is none of the choices",
      "a secret in the file",
      "a secret under a misspelt key",
      "a number that is too small",
      "a type that nobody knows",
    ])
      expect(seen).toContain(title);
  });

  test("underlines rows of a mapping in a form that does not exist", () => {
    const wrong = brokenMappings.filter(({ yaml }) => {
      const value = readValue(yaml);
      return value !== undefined && !mapping(value);
    });
    expect(wrong.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        "a row of an unknown form",
        "a misspelt part of a row",
        "a constant and a misspelt write",
      ]),
    );
  });

  test("explains every usual path of a mapping on hover", () => {
    const { properties } = mappingJsonSchema() as {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly properties: {
              readonly attributes: {
                readonly properties: Readonly<Record<string, { readonly description: string }>>;
              };
            };
          }
        >
      >;
    };
    const { users, groups } = properties;
    expect(users?.properties.attributes.properties["userName"]?.description).toMatch(/unique/);
    expect(groups?.properties.attributes.properties["displayName"]?.description).toMatch(/group/);
  });
});

test("mapping.schema.json is the schema of this version (UPDATE=1 writes it)", () => {
  const file = `${folder}mapping.schema.json`;
  const schema = mappingJsonSchema();
  if (process.env["UPDATE"] === "1") writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
});

test("`rollcall schema` prints both, and says which there are", async () => {
  using desk = new Desk();
  const { out } = await desk.run("schema");
  expect(JSON.parse(out)).toMatchObject({ title: "Rollcall configuration" });
  expect((await desk.run("schema config")).out).toBe(out);
  expect(JSON.parse((await desk.run("schema mapping --json")).out)).toMatchObject({
    title: "Rollcall mapping",
  });
  const wrong = await desk.run("schema target");
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("there are: config, mapping");
});
