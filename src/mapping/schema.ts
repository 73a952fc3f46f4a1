/** The shape of a mapping file. */
import { z } from "../zod.ts";

const ROW_EXPECTED = "expected an expression, { value: ... }, { constant: ... } or null";
const expression = z
  .string({ error: "expected an expression" })
  .min(1, { error: "expected an expression" })
  .max(10_000, { error: "expected an expression of at most 10000 characters" });

const write = z
  .enum(["always", "onCreate", "ifPresent"])
  .default("always")
  .describe(
    "always (default): an empty value clears the target's. onCreate: only when the account is created, later changes are left to the target. " +
      "ifPresent: like always, but where there is no value the target keeps what it has.",
  );

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: "expected text, a number, true or false",
});

const row = z.union(
  [
    expression,
    z.null(),
    z.strictObject({
      value: expression.describe("A CEL expression over the source's attributes, e.g. lower(user.mail)."),
      ifEmpty: expression.optional().describe("Used when the value is empty."),
      write,
    }),
    z.strictObject({
      constant: z
        .union([scalar, z.array(scalar)], { error: "expected text, a number, true, false or a list of them" })
        .describe("The same value for everybody."),
      write,
    }),
  ],
  { error: ROW_EXPECTED },
);

const section = (what: string, example: string) =>
  z
    .strictObject({
      match: z
        .array(z.string())
        .min(1)
        .optional()
        .describe(`SCIM attributes to find existing ${what} by, in this order; the first hit counts.`),
      attributes: z
        .record(z.string(), row)
        .default({})
        .describe(
          `SCIM path -> where its value comes from, e.g. ${example}. null drops a row of the default mapping.`,
        ),
    })
    .describe(`How ${what} look at the target.`);

const test = z.strictObject({
  kind: z.enum(["user", "group"]).default("user").describe("What is mapped: user (default) or group."),
  given: z.record(z.string(), z.json()).describe("Attributes of the source."),
  expect: z
    .record(z.string(), z.json())
    .describe("SCIM path -> expected value; null where it has to be empty."),
});

/** A mapping file as written. */
export const mappingFile = z.strictObject({
  extends: z
    .literal("default")
    .optional()
    .describe("default: start from the mapping that is built in for the source and change single rows."),
  users: section("users", "userName: lower(user.mail)").optional(),
  groups: section("groups", "displayName: group.cn").optional(),
  tests: z.array(test).default([]).describe("Examples that `rollcall validate` evaluates."),
});

export type MappingFile = z.output<typeof mappingFile>;
export type RowSpec = z.output<typeof row>;
