import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { checkMapping, compileMapping } from "../../src/mapping/compile.ts";
import { hrSource } from "../config/registries.ts";
import { brokenMappings } from "./broken-mappings.ts";

const input = (text: string) => ({
  definition: hrSource,
  scope: { include: [] },
  mapping: { file: "m.yaml", text },
});

describe("a broken mapping", () => {
  test.each(brokenMappings)("$title", async ({ yaml, expected }) => {
    const { problems, mapping } = await checkMapping(input(yaml));
    expect(mapping).toBeUndefined();
    expect(
      problems.map(({ file, line, column, path, message }) => {
        const name = file === "m.yaml" ? "" : `${file}:`;
        return `${name}${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
      }),
    ).toEqual(expected);
  });

  test("throws a configuration error with the line and a caret under the word", async () => {
    const text = "extends: default\nusers:\n  attributes:\n    title: lower(user.titel)\n";
    const error = await compileMapping(input(text)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toBe(
      [
        'm.yaml:4:23: users.attributes.title: unknown attribute "titel", did you mean "title"?',
        "    4 |     title: lower(user.titel)",
        "      |                       ^^^^^",
        "",
        "1 problem in the configuration",
      ].join("\n"),
    );
  });

  test("a wrong scope rule is found without the file that it stands in", async () => {
    const scope = { include: [], users: { text: "user.enabeld", where: "c.yaml:7:14" } };
    const { problems } = await checkMapping({ definition: hrSource, scope });
    expect(problems).toEqual([
      {
        file: "c.yaml",
        line: 7,
        column: 19,
        path: "scope.users",
        message: 'unknown attribute "enabeld", did you mean "enabled"?',
        frame: "    7 | user.enabeld\n      |      ^^^^^^^",
      },
    ]);
  });
});
