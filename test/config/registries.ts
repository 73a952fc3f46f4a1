/** A small source and two small targets, so that tests of the configuration depend on nobody's settings but their own. */
import { z } from "zod";
import type { Registries } from "../../src/config/sections.ts";
import { duration } from "../../src/duration.ts";
import { secretReference } from "../../src/secret.ts";
import type { AttributeInfo, SourceDefinition } from "../../src/sources/source.ts";
import type { TargetDefinition } from "../../src/targets/target.ts";

function attributes(table: Readonly<Record<string, AttributeInfo["type"]>>) {
  return Object.fromEntries(
    Object.entries(table).map(([name, type]) => [name, { type, description: name }]),
  ) as Readonly<Record<string, AttributeInfo>>;
}

function neverOpened(): never {
  throw new Error("a configuration opens nothing");
}

export const hrSource: SourceDefinition = {
  type: "hr",
  title: "HR",
  settings: z.strictObject({
    url: z.string(),
    password: secretReference,
    ca: z.strictObject({ file: z.string() }).optional(),
    timeout: duration.optional(),
    pageSize: z.int().min(1).max(1000).default(500),
  }),
  attributes: {
    user: attributes({
      id: "string",
      login: "string",
      mail: "string",
      title: "string",
      givenName: "string",
      surname: "string",
      enabled: "boolean",
      level: "int",
      hired: "timestamp",
      tags: "list",
      manager: "reference",
    }),
    group: attributes({ id: "string", name: "string" }),
  },
  openSchema: false,
  refuses: (_kind, attribute) => (attribute === "title2" ? "it is a secret" : undefined),
  includes: { robots: "Accounts of machines", guests: "Guests" },
  mapping: new URL("./hr-mapping.yaml", import.meta.url),
  view: (_kind, record) => ({ attributes: record }),
  open: neverOpened,
};

function target(type: string, settings: z.ZodType): TargetDefinition {
  const warnings = (given: unknown) =>
    JSON.stringify(given).includes("suspicious") ? ["it looks suspicious"] : [];
  const never = { capabilities: neverOpened, identity: neverOpened, open: neverOpened };
  return { type, title: type, settings, warnings, ...never };
}

export const registries: Registries = {
  sources: { hr: async () => hrSource },
  targets: {
    embedded: async () => target("embedded", z.strictObject({})),
    scim: async () => target("scim", z.strictObject({ baseUrl: z.string(), token: secretReference })),
  },
};
