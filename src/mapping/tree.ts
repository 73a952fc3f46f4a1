/** What the type checker of CEL would not say, or not kindly: names of attributes and functions, and what this language leaves out. */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { didYouMean, editDistance, listNames, nearest } from "../yaml/suggest.ts";
import type { Language, Mistake } from "./expression.ts";
import { type FunctionEntry, WrongLiteral } from "./function-entry.ts";
import { FUNCTIONS, functionNamed, MACROS, signature } from "./functions.ts";

/** Bounds on what one expression may look like. */
export const LIMITS = {
  maxAstNodes: 2000,
  maxDepth: 60,
  maxListElements: 500,
  maxMapEntries: 500,
  maxCallArguments: 16,
};
const DEEPEST_MACROS = 2;

/** Parses only; checking needs the attributes. */
export const parser = new Environment({ limits: LIMITS, unlistedVariablesAreDyn: true });

export interface TreeCheck {
  readonly mistakes: readonly Mistake[];
  readonly attributes: ReadonlySet<string>;
  /** Offsets of the literal null. */
  readonly nulls: readonly number[];
  /** Functions that give another value each time. */
  readonly volatile: readonly string[];
}

interface Walk {
  readonly language: Language;
  readonly mistakes: Mistake[];
  readonly attributes: Set<string>;
  readonly nulls: number[];
  readonly volatile: string[];
}

/** All mistakes of names in one expression, and what it reads. */
export function checkTree(tree: ASTNode, language: Language): TreeCheck {
  const walk: Walk = { language, mistakes: [], attributes: new Set(), nulls: [], volatile: [] };
  visit(tree, walk, new Set(), 0);
  return walk;
}

function visit(node: ASTNode, walk: Walk, bound: ReadonlySet<string>, macros: number): void {
  const below = (each: ASTNode) => visit(each, walk, bound, macros);
  switch (node.op) {
    case "value":
      checkLiteral(node, walk);
      break;
    case "id":
      checkName(node, node.args, walk, bound);
      break;
    case ".":
      if (isVariable(node.args[0], walk)) checkAttribute(node, node.args[1], walk, "dot");
      else below(node.args[0]);
      break;
    case "[]":
      if (isVariable(node.args[0], walk)) checkBrackets(node, node.args[1], walk);
      else node.args.forEach(below);
      break;
    case ".?":
    case "[?]":
      mistake(walk, node, "optional access is not needed here: an absent attribute is nothing");
      break;
    case "call":
      checkFunction(node, node.args[0], node.args[1], walk);
      node.args[1].forEach(below);
      break;
    case "rcall":
      below(node.args[1]);
      if (MACROS.has(node.args[0])) visitMacro(node, node.args[0], node.args[2], walk, bound, macros);
      else {
        checkMethod(node, node.args[0], node.args[1], node.args[2], walk);
        node.args[2].forEach(below);
      }
      break;
    case "list":
      node.args.forEach(below);
      break;
    case "map":
      for (const pair of node.args) pair.forEach(below);
      break;
    case "!_":
    case "-_":
      below(node.args);
      break;
    default:
      node.args.forEach(below);
  }
}

function visitMacro(
  node: ASTNode,
  name: string,
  [variable, ...rest]: readonly ASTNode[],
  walk: Walk,
  bound: ReadonlySet<string>,
  macros: number,
): void {
  const counts = MACROS.get(name) ?? [];
  if (variable?.op !== "id" || !counts.includes(rest.length + 1)) {
    const more = counts.length > 1 ? ", expression" : "";
    mistake(walk, node, `${name}() is written list.${name}(x, condition${more})`);
  } else if (variable.args === walk.language.variable || bound.has(variable.args)) {
    mistake(walk, variable, `the name "${variable.args}" is taken, choose another one`);
  } else if (macros >= DEEPEST_MACROS) {
    mistake(walk, node, `exists, all, map and filter may stand inside each other ${DEEPEST_MACROS} deep`);
  } else {
    for (const each of rest) visit(each, walk, new Set([...bound, variable.args]), macros + 1);
  }
}

function checkLiteral(node: ASTNode, walk: Walk): void {
  if (node.args === null) walk.nulls.push(node.start);
  else if (typeof node.args === "object") mistake(walk, node, "bytes and unsigned numbers are not used here");
}

function checkName(node: ASTNode, name: string, walk: Walk, bound: ReadonlySet<string>): void {
  const { variable } = walk.language;
  if (bound.has(name)) return;
  const names = [variable, "null", "true", "false", ...bound];
  const message =
    name === variable
      ? `say which attribute: ${variable}.<name>`
      : name === "user" || name === "group"
        ? `"${name}" is not known here, this is about a ${variable}: ${variable}.<name>`
        : `unknown name "${name}"${didYouMean(name, names)}`;
  mistake(walk, node, message);
}

function checkBrackets(node: ASTNode, key: ASTNode, walk: Walk): void {
  if (key.op === "value" && typeof key.args === "string") checkAttribute(key, key.args, walk, "brackets");
  else
    mistake(
      walk,
      node,
      "the name of an attribute must stand here literally: it decides what is asked from the directory",
    );
}

function checkAttribute(node: ASTNode, name: string, walk: Walk, form: "dot" | "brackets"): void {
  const { attributes, openSchema, variable } = walk.language;
  const names = Object.keys(attributes);
  const wellFormed = openSchema && /^[A-Za-z][A-Za-z0-9;_.-]*$/.test(name) && !(name in Object.prototype);
  const taken = wellFormed && (form === "brackets" || !isSlip(name, names));
  const refused = walk.language.refuses?.(name);
  if (refused === undefined && (Object.hasOwn(attributes, name) || taken)) {
    walk.attributes.add(name);
    return;
  }
  const really = wellFormed ? ` (if it is really called so, write ${variable}["${name}"])` : "";
  const message =
    refused === undefined
      ? `unknown attribute "${name}"${didYouMean(name, names)}${really}`
      : `the attribute "${name}" cannot be used: ${refused}`;
  // A dot node ends with its name; the brackets' node is the name itself.
  const offset = form === "dot" ? node.end - name.length : node.start;
  walk.mistakes.push({ message, offset, length: node.end - offset });
}

/** In an extended schema any name may exist, so only what is very near to a known one counts as a slip; numbers tell names apart. */
function isSlip(name: string, names: readonly string[]): boolean {
  const digits = name.replace(/\D/g, "");
  const found = nearest(
    name,
    names.filter((each) => each.replace(/\D/g, "") === digits),
  );
  if (found === undefined) return false;
  const allowed = name.length < 3 ? 0 : name.length < 8 ? 1 : 2;
  return editDistance(name.toLowerCase(), found.toLowerCase()) <= allowed;
}

function checkFunction(node: ASTNode, name: string, args: readonly ASTNode[], walk: Walk): void {
  const entry = functionNamed("function", name, args.length);
  if (name === "has") {
    if (args.length !== 1 || args[0]?.op !== ".")
      mistake(walk, node, `has() takes one attribute: has(${walk.language.variable}.mail)`);
  } else if (entry === undefined) unknownFunction(node, "function", name, walk, node.start);
  else {
    checkLiterals(entry, args, walk);
    checkVolatile(node, entry, walk);
  }
}

function checkMethod(
  node: ASTNode,
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  walk: Walk,
): void {
  const entry = functionNamed("method", name, args.length + 1);
  if (entry === undefined) unknownFunction(node, "method", name, walk, receiver.end);
  else checkLiterals(entry, [receiver, ...args], walk);
}

function unknownFunction(
  node: ASTNode,
  form: "function" | "method",
  name: string,
  walk: Walk,
  after: number,
): void {
  const same = FUNCTIONS.filter((each) => each.form === form && each.name === name);
  const other = FUNCTIONS.find((each) => each.form !== form && each.name === name);
  const names = FUNCTIONS.filter((each) => each.form === form).map((each) => each.name);
  const message =
    same.length > 0
      ? `${name}() takes other arguments: ${listNames(same.map(signature))}`
      : other !== undefined
        ? `${name} is a ${other.form}: ${signature(other)}`
        : `unknown ${form} "${name}"${didYouMean(name, form === "method" ? [...names, ...MACROS.keys()] : names)}`;
  walk.mistakes.push({ message, offset: Math.max(0, node.input.indexOf(name, after)), length: name.length });
}

/** What says how a function works stands there literally, and is right. `args` with the receiver of a method in front. */
function checkLiterals(entry: FunctionEntry, args: readonly ASTNode[], walk: Walk): void {
  const nodes = entry.literals.map((index) => args[index]).filter((each) => each !== undefined);
  const [unwritten] = nodes.filter((each) => each.op !== "value" || typeof each.args !== "string");
  if (unwritten !== undefined) {
    mistake(walk, unwritten, `this argument of ${entry.name}() must stand here literally`);
    return;
  }
  const texts = nodes.map((each) => String(each.args));
  try {
    entry.bind(texts);
  } catch (error) {
    const node = error instanceof WrongLiteral ? nodes[error.at] : undefined;
    if (!(error instanceof WrongLiteral) || node === undefined) throw error;
    mistake(walk, node, error.message);
  }
}

/** Equal records must give equal values, or everybody would change with every cycle. */
function checkVolatile(node: ASTNode, { name, isVolatile }: FunctionEntry, walk: Walk): void {
  if (isVolatile && walk.language.isOnce !== true)
    mistake(
      walk,
      node,
      `${name}() gives another value each time: it may stand in a row with write: onCreate only`,
    );
  if (isVolatile) walk.volatile.push(name);
}

function isVariable(node: ASTNode, walk: Walk): boolean {
  return node.op === "id" && node.args === walk.language.variable;
}

function mistake(walk: Walk, node: ASTNode, message: string): void {
  walk.mistakes.push({ message, offset: node.start, length: Math.max(1, node.end - node.start) });
}
