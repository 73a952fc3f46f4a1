/**
 * The shape of an exported provisioning schema (Microsoft Graph: synchronizationSchema and what it holds), as far as it says what is
 * provisioned. Names are in camel case here; unknown ones are left alone.
 * https://learn.microsoft.com/graph/api/resources/synchronization-synchronizationschema
 */
import { z } from "../../zod.ts";

const text = z.string({ error: "expected text" }).nullish();
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item, { error: "expected a list" })
    .nullish()
    .transform((items) => items ?? []);

/** Some tools write an enumeration as the number behind the name. */
const oneOf = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  z
    .union([z.int().transform((number) => names[number] ?? String(number)), z.string()], {
      error: `expected one of ${names.join(", ")}`,
    })
    .nullish()
    .transform(
      (given) => names.find((name) => name.toLowerCase() === given?.toLowerCase()) ?? given ?? names[0],
    );

export interface MappingSource {
  readonly type: string;
  readonly name?: string | null | undefined;
  readonly expression?: string | null | undefined;
  readonly parameters: readonly {
    readonly key?: string | null | undefined;
    readonly value?: MappingSource | null | undefined;
  }[];
}

const source: z.ZodType<MappingSource> = z.lazy(() =>
  z.looseObject(
    {
      type: oneOf(["Attribute", "Constant", "Function"]),
      name: text,
      expression: text,
      parameters: list(
        z.looseObject({ key: text, value: source.nullish() }, { error: "expected { key, value }" }),
      ),
    },
    { error: "expected { type, name, expression, parameters }" },
  ),
);

const attributeMapping = z.looseObject(
  {
    targetAttributeName: z.string({ error: "expected the name of the target's attribute" }).min(1),
    source: source.nullish(),
    defaultValue: z.union([z.string(), z.boolean(), z.number()], { error: "expected text" }).nullish(),
    matchingPriority: z.int({ error: "expected a whole number" }).nullish(),
    flowType: oneOf(["Always", "ObjectAddOnly", "MultiValueAddOnly", "ValueAddOnly", "AttributeAddOnly"]),
    flowBehavior: oneOf(["FlowWhenChanged", "FlowAlways"]),
  },
  { error: "expected an attribute mapping: { source, targetAttributeName, ... }" },
);

const clause = z.looseObject(
  {
    operatorName: z.string({ error: "expected the name of an operator" }),
    // Graph says sourceOperandName; the admin center calls the same attributeName.
    sourceOperandName: text,
    attributeName: text,
    targetOperand: z
      .looseObject(
        { values: list(z.union([z.string(), z.number(), z.boolean()], { error: "expected text" })) },
        { error: "expected { values: [...] }" },
      )
      .nullish(),
  },
  { error: "expected a clause: { sourceOperandName, operatorName, targetOperand }" },
);

const filterGroup = z.looseObject(
  { name: text, clauses: list(clause) },
  { error: "expected a filter: { name, clauses }" },
);

const objectMapping = z.looseObject(
  {
    name: text,
    enabled: z.boolean({ error: "expected true or false" }).nullish(),
    sourceObjectName: text,
    targetObjectName: text,
    flowTypes: z
      .union([z.string(), z.int()], { error: 'expected text such as "Add, Update, Delete"' })
      .nullish(),
    attributeMappings: z.array(attributeMapping, { error: "expected a list of attribute mappings" }),
    scope: z
      .looseObject(
        {
          groups: list(filterGroup),
          inputFilterGroups: list(filterGroup),
          categoryFilterGroups: list(filterGroup),
        },
        { error: "expected a filter: { groups }" },
      )
      .nullish(),
  },
  { error: "expected an object mapping: { sourceObjectName, attributeMappings, ... }" },
);

const rule = z.looseObject(
  {
    name: text,
    priority: z.int().nullish(),
    sourceDirectoryName: text,
    targetDirectoryName: text,
    objectMappings: z.array(objectMapping, { error: "expected a list of object mappings" }),
  },
  { error: "expected a synchronization rule: { sourceDirectoryName, objectMappings, ... }" },
);

export const exportedSchema = z.looseObject({
  synchronizationRules: z
    .array(rule, { error: "expected a list of synchronization rules" })
    .min(1, { error: "expected at least one synchronization rule" }),
});

export type ExportedSchema = z.output<typeof exportedSchema>;
export type Rule = ExportedSchema["synchronizationRules"][number];
export type ObjectMapping = Rule["objectMappings"][number];
export type AttributeMapping = ObjectMapping["attributeMappings"][number];
export type FilterGroup = z.output<typeof filterGroup>;
export type Clause = FilterGroup["clauses"][number];
