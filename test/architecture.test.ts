import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import biome from "../biome.json" with { type: "json" };

const root = fileURLToPath(new URL("../src/", import.meta.url));

/** Files right below src/ that everybody may import. */
const bottom = [
  "errors.ts",
  "log.ts",
  "meter.ts",
  "clock.ts",
  "secret.ts",
  "secret-in-use.ts",
  "secret-pieces.ts",
  "expiry.ts",
  "duration.ts",
  "own-name.ts",
  "files.ts",
  "zod.ts",
];

/**
 * The house, top to bottom: each part and the parts that it may import besides itself. A part is a folder below src/ or a file
 * right in it. What is not named here does not exist. biome.json says the same, so that an editor shows it at once.
 */
const parts: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["commands", "daemon", ...bottom],
  commands: [
    "daemon",
    "connection.ts",
    "cycle.ts",
    "sync",
    "store",
    "mapping",
    "config",
    "observe",
    "scim",
    "yaml",
    ...bottom,
  ],
  daemon: ["connection.ts", "cycle.ts", "sync", "store", "config", "observe", "scim", ...bottom],
  "connection.ts": ["sync", "sources", "targets", "mapping", "store", "config", "scim", ...bottom],
  "cycle.ts": ["connection.ts", "sync", "sources", "targets", "mapping", "store", "scim", ...bottom],
  observe: ["scim", ...bottom],
  config: ["sources/index.ts", "targets/index.ts", "scim", "yaml", ...bottom],
  sync: ["sources", "targets", "mapping", "store", "scim", ...bottom],
  sources: ["scim", "yaml", ...bottom],
  targets: ["scim", "yaml", ...bottom],
  mapping: ["scim", "yaml", ...bottom],
  store: ["scim", ...bottom],
  yaml: bottom,
  scim: bottom,
  ...Object.fromEntries(bottom.map((file) => [file, bottom])),
};

/** Contracts: their types may be imported from where the part as a whole may not. */
const contracts = ["sources/source.ts", "targets/target.ts", "mapping/mapping.ts", "config/config.ts"];
const readsContracts = ["config", "mapping", "store", "sync", "cycle.ts"];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.[a-z]+$/.test(name))
  .toSorted();
const sources = files.filter((name) => name.endsWith(".ts"));
const imports = sources.flatMap((name) => importsOf(name, readFileSync(join(root, name), "utf8")));

describe("the house rules", () => {
  test("imports point down", () => {
    const upwards = imports.filter((one) => !mayImport(one)).map((one) => `${one.from} imports ${one.to}`);
    expect(upwards).toEqual([]);
  });

  test("every part is known", () => {
    expect(sources.map(partOf).filter((part) => !(part in parts))).toEqual([]);
  });

  test("one source or target does not import another", () => {
    const across = imports.filter(({ from, to }) => {
      const [part, name, inside] = from.split("/");
      const [otherPart, other, otherInside] = to.split("/");
      const siblings = (part === "sources" || part === "targets") && part === otherPart;
      return (
        siblings &&
        inside !== undefined &&
        otherInside !== undefined &&
        other !== "profiles" &&
        name !== other
      );
    });
    expect(across.map((one) => `${one.from} imports ${one.to}`)).toEqual([]);
  });

  test("no file imports itself, by whatever way round", () => {
    expect(circles(imports.filter((one) => !one.typeOnly && !one.lazy))).toEqual([]);
  });

  test("biome.json forbids the same imports", () => {
    const ofSource = biome.overrides.filter(({ includes }) =>
      includes.some((each) => each.startsWith("src/")),
    );
    expect(ofSource).toEqual(expectedOverrides());
  });

  test("a file is named in kebab-case, and not after nothing", () => {
    const names = files.map((name) => basename(name));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*\.[a-z]+$/.test(name))).toEqual([]);
    expect(names.filter((name) => /manager|helper|util|^lib\.|^types\.|^misc/.test(name))).toEqual([]);
  });

  test("a file has 300 lines at most, and none that is put off", () => {
    const texts = sources.map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
    expect(texts.filter(({ text }) => text.split("\n").length > 301).map(({ name }) => name)).toEqual([]);
    expect(
      texts.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ name }) => name),
    ).toEqual([]);
  });
});

function partOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function mayImport({ from, to, typeOnly }: Import): boolean {
  const part = partOf(from);
  if (part === partOf(to)) return true;
  const allowed = parts[part] ?? [];
  if (allowed.includes(partOf(to)) || allowed.includes(to)) return true;
  return typeOnly && readsContracts.includes(part) && contracts.includes(to);
}

function importsOf(file: string, text: string): readonly Import[] {
  const statements =
    /^(?:import|export)\s(?:(type)\s)?[^;"']*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...text.matchAll(statements)].flatMap(([, type, named, bare, lazy]) => {
    const to = named ?? bare ?? lazy;
    if (to === undefined || !to.startsWith(".")) return [];
    const path = relative(root, join(root, dirname(file), to));
    return [{ from: file, to: path, typeOnly: type === "type", lazy: lazy !== undefined }];
  });
}

/** Each circle of imports once, as the files on it. */
function circles(edges: readonly Import[]): readonly string[] {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const edge of next.get(file) ?? []) visit(edge.to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

/** The table above as Biome reads it: for each part the parts that it may not import. */
function expectedOverrides(): unknown {
  const folders = Object.keys(parts);
  return folders
    .filter((part) => !part.endsWith(".ts"))
    .map((part) => {
      const allowed = parts[part] ?? [];
      const forbidden = folders.filter((other) => other !== part && !allowed.includes(other));
      const exceptions = [
        ...allowed.filter((other) => other.includes("/")),
        ...(readsContracts.includes(part) ? contracts : []),
      ].filter((other) => forbidden.includes(partOf(other)));
      const group = forbidden.map((other) => `../**/${other}${other.endsWith(".ts") ? "" : "/**"}`);
      return {
        includes: [`src/${part}/**`],
        linter: {
          rules: {
            style: {
              noRestrictedImports: {
                level: "error",
                options: {
                  patterns: [
                    {
                      group: [...group, ...exceptions.map((file) => `!../**/${file}`)],
                      message: `Imports point down: src/${part} may not import this (test/architecture.test.ts).`,
                    },
                  ],
                },
              },
            },
          },
        },
      };
    });
}
