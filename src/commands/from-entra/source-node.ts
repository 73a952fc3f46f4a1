/** What a mapping takes its value from, out of either of the two forms that an export holds: the expression as text, or its parts. */
import { NotTranslatable } from "./cel.ts";
import { type EntraNode, NotAnExpression, parseEntraExpression } from "./entra-expression.ts";
import type { MappingSource } from "./export-schema.ts";

/** Functions whose arguments may be left out in the middle, by the keys that exports give them. */
const PARAMETERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Replace: [
    ["source"],
    ["oldvalue", "find"],
    ["regexpattern"],
    ["regexgroupname"],
    ["replacementvalue", "replacement"],
    ["replacementattributename"],
    ["template"],
  ],
  FormatDateTime: [["source"], ["datetimestyles"], ["inputformat"], ["outputformat"]],
};

const DEEPEST = 50;

/** Throws NotTranslatable for what is no expression. */
export function sourceNode(source: MappingSource): EntraNode {
  const written = source.expression?.trim() ?? "";
  if (source.type === "Constant") return { type: "text", value: source.name ?? unquoted(written) };
  if (source.type === "Attribute" && (source.name ?? "") !== "")
    return { type: "attribute", name: source.name ?? "" };
  if (written === "") return fromParts(source, 0);
  try {
    return parseEntraExpression(written);
  } catch (error) {
    if (!(error instanceof NotAnExpression)) throw error;
    if (source.parameters.length > 0) return fromParts(source, 0);
    throw new NotTranslatable(`the expression cannot be read: ${error.message}`);
  }
}

/** What stands between the quotes, or the whole where there are none. */
function unquoted(text: string): string {
  const inner = /^"((?:[^"\\]|\\[\s\S])*)"$/.exec(text)?.[1];
  return inner === undefined ? text : inner.replace(/\\(["\\])/g, "$1");
}

function fromParts(source: MappingSource, depth: number): EntraNode {
  const { type, name, parameters } = source;
  if (depth > DEEPEST)
    throw new NotTranslatable(`functions stand inside each other more than ${DEEPEST} deep`);
  if (name === null || name === undefined || (name === "" && type !== "Constant"))
    throw new NotTranslatable("the mapping says neither an expression nor a name");
  if (type === "Constant") return { type: "text", value: name };
  if (type === "Attribute") return { type: "attribute", name };
  if (type !== "Function") throw new NotTranslatable(`a source of type ${type} is not known`);
  const given = parameters.map(({ key, value }) => ({
    key: key?.toLowerCase() ?? "",
    node: value === null || value === undefined ? undefined : fromParts(value, depth + 1),
  }));
  const places = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (places !== undefined)
    return {
      type: "call",
      name,
      args: places.map((keys) => given.find(({ key }) => keys.includes(key))?.node),
    };
  // Switch may lack its default, which then is no argument at all here.
  const lacksDefault = name === "Switch" && given.length % 2 === 1;
  const nodes = given.map(({ node }) => node);
  return { type: "call", name, args: lacksDefault ? nodes.toSpliced(1, 0, undefined) : nodes };
}
