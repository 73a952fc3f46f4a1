/**
 * A checked syntax tree as closures. CEL's own evaluator is not used, for three reasons: an absent attribute has to be an ordinary
 * value here, regular expressions have to be linear, and work has to be bounded. What both compute of present values is the same.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { SourceRecord } from "../sources/source.ts";
import type { Read } from "./attribute.ts";
import type { FunctionEntry, Moment } from "./function-entry.ts";
import { functionNamed, MACROS } from "./functions.ts";
import { add, arithmetic } from "./operators.ts";
import { compare, EvaluationFailure, equal, isList, isTable, truth, typeName, type Value } from "./value.ts";

/** What one evaluation carries along: values of names bound by macros, and how much work is left. */
interface Frame {
  readonly slots: Value[];
  steps: number;
  moment: Moment;
}

type Run = (record: SourceRecord, frame: Frame) => Value;

/** Entries visited by macros in one evaluation; nested ones multiply. */
const MOST_STEPS = 100_000;

interface Scope {
  /** How the attributes of `user` or `group` are read. */
  readonly attribute: (name: string) => Read;
  readonly variable: string;
  /** Names bound by the macros around, with their slots. */
  readonly bound: ReadonlyMap<string, number>;
}

/** `moment` is looked at only by what gives another value each time. Throws EvaluationFailure. */
export type Evaluate = (record: SourceRecord, moment?: Moment) => Value;

/** For expressions that are the same at any time; the checks have let nothing else through. */
const NO_MOMENT: Moment = {
  now: 0,
  random() {
    throw new TypeError("a value that is to stay is left to chance");
  },
};

/** The tree must have passed the checks of expression.ts. The closure throws EvaluationFailure. */
export function toClosure(tree: ASTNode, variable: string, attribute: (name: string) => Read): Evaluate {
  const run = compile(tree, { attribute, variable, bound: new Map() });
  // Evaluation is synchronous and never calls itself, so one frame serves all of them.
  const frame: Frame = { slots: [], steps: 0, moment: NO_MOMENT };
  return (record, moment = NO_MOMENT) => {
    frame.steps = MOST_STEPS;
    frame.moment = moment;
    return run(record, frame);
  };
}

function compile(node: ASTNode, scope: Scope): Run {
  switch (node.op) {
    case "value": {
      const literal = node.args as Value;
      return () => literal;
    }
    case "id": {
      const slot = scope.bound.get(node.args) ?? 0;
      return (_record, frame) => frame.slots[slot] ?? null;
    }
    case ".":
      return compileAttribute(node.args[1], scope);
    case "[]":
      return compileIndex(node.args, scope);
    case "call":
      return compileCall("function", node.args[0], node.args[1], scope);
    case "rcall":
      return compileMethod(node.args, scope);
    case "list": {
      const entries = node.args.map((each) => compile(each, scope));
      return (record, frame) => entries.map((each) => each(record, frame));
    }
    case "map":
      return compileTable(node.args, scope);
    case "?:": {
      const [condition, yes, no] = [
        compile(node.args[0], scope),
        compile(node.args[1], scope),
        compile(node.args[2], scope),
      ];
      return (record, frame) => (truth(condition(record, frame)) ? yes(record, frame) : no(record, frame));
    }
    case "!_": {
      const operand = compile(node.args, scope);
      return (record, frame) => !truth(operand(record, frame));
    }
    case "-_": {
      const operand = compile(node.args, scope);
      return (record, frame) => arithmetic("-", 0n, operand(record, frame));
    }
    case ".?":
    case "[?]":
      throw new EvaluationFailure("optional access is not part of the mapping language");
    default:
      return compileBinary(node.op, compile(node.args[0], scope), compile(node.args[1], scope));
  }
}

function compileBinary(operator: string, left: Run, right: Run): Run {
  switch (operator) {
    case "&&":
      return (record, frame) => truth(left(record, frame)) && truth(right(record, frame));
    case "||":
      return (record, frame) => truth(left(record, frame)) || truth(right(record, frame));
    case "==":
      return (record, frame) => equal(left(record, frame), right(record, frame));
    case "!=":
      return (record, frame) => !equal(left(record, frame), right(record, frame));
    case "<":
      return (record, frame) => (compare(left(record, frame), right(record, frame)) ?? 0) < 0;
    case ">":
      return (record, frame) => (compare(left(record, frame), right(record, frame)) ?? 0) > 0;
    case "<=":
      return (record, frame) => (compare(left(record, frame), right(record, frame)) ?? 1) <= 0;
    case ">=":
      return (record, frame) => (compare(left(record, frame), right(record, frame)) ?? -1) >= 0;
    case "in":
      return (record, frame) => isIn(left(record, frame), right(record, frame));
    case "+":
      return (record, frame) => add(left(record, frame), right(record, frame));
    default:
      return (record, frame) => arithmetic(operator, left(record, frame), right(record, frame));
  }
}

function isIn(value: Value, collection: Value): boolean {
  if (collection === null) return false;
  if (isList(collection)) return collection.some((each) => equal(each, value));
  if (isTable(collection)) return typeof value === "string" && collection.has(value);
  throw new EvaluationFailure(`"in" needs a list or a map on its right side, got ${typeName(collection)}`);
}

function compileAttribute(name: string, scope: Scope): Run {
  const read = scope.attribute(name);
  return (record) => read(record);
}

function compileIndex([left, right]: readonly [ASTNode, ASTNode], scope: Scope): Run {
  if (left.op === "id" && left.args === scope.variable && right.op === "value")
    return compileAttribute(String(right.args), scope);
  const [collection, key] = [compile(left, scope), compile(right, scope)];
  return (record, frame) => {
    const from = collection(record, frame);
    const at = key(record, frame);
    if (from === null || at === null) return null;
    if (isList(from) && typeof at === "bigint") return from[Number(at)] ?? null;
    if (isTable(from) && typeof at === "string") return from.get(at) ?? null;
    throw new EvaluationFailure(`cannot look up ${typeName(at)} in ${typeName(from)}`);
  };
}

function compileTable(pairs: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): Run {
  const entries = pairs.map(([key, value]) => [compile(key, scope), compile(value, scope)] as const);
  const build: Run = (record, frame) =>
    new Map(entries.map(([key, value]) => [String(key(record, frame)), value(record, frame)]));
  const constant = pairs.every((pair) => pair.every((each) => each.op === "value"));
  if (!constant) return build;
  const table = build({}, { slots: [], steps: 0, moment: NO_MOMENT });
  return () => table;
}

function compileMethod([name, receiver, args]: readonly [string, ASTNode, ASTNode[]], scope: Scope): Run {
  return MACROS.has(name)
    ? compileMacro(name, receiver, args, scope)
    : compileCall("method", name, [receiver, ...args], scope);
}

function compileCall(form: FunctionEntry["form"], name: string, args: readonly ASTNode[], scope: Scope): Run {
  if (form === "function" && name === "has" && args[0] !== undefined) {
    const attribute = compile(args[0], scope);
    return (record, frame) => attribute(record, frame) !== null;
  }
  const entry = functionNamed(form, name, args.length);
  if (entry === undefined) throw new EvaluationFailure(`unknown function ${name}`);
  const apply = entry.bind(entry.literals.map((index) => literalText(args[index])));
  const [first, second, ...rest] = args.map((each, index) => argument(each, entry, index, scope));
  if (first === undefined) return (_record, frame) => apply([], frame.moment);
  const { ofNothing } = entry;
  if (second === undefined)
    return (record, frame) => {
      const value = first(record, frame);
      return value === null && ofNothing !== undefined ? ofNothing : apply([value], frame.moment);
    };
  return (record, frame) => {
    const value = first(record, frame);
    if (value === null && ofNothing !== undefined) return ofNothing;
    const values = [value, second(record, frame)];
    for (const each of rest) values.push(each(record, frame));
    return apply(values, frame.moment);
  };
}

function literalText(node: ASTNode | undefined): string {
  return node?.op === "value" ? String(node.args) : "";
}

/** An argument that is checked where the type checker may have seen no type. */
function argument(node: ASTNode, entry: FunctionEntry, index: number, scope: Scope): Run {
  const run = compile(node, scope);
  const accepts = acceptor(entry.parameters[Math.min(index, entry.parameters.length - 1)] ?? "dyn");
  if (accepts === undefined) return run;
  return (record, frame) => {
    const value = run(record, frame);
    if (value === null || accepts(value)) return value;
    throw new EvaluationFailure(`${entry.name}() got ${typeName(value)} as argument ${index + 1}`);
  };
}

function acceptor(type: string): ((value: Value) => boolean) | undefined {
  if (type === "string") return (value) => typeof value === "string";
  if (type === "int") return (value) => typeof value === "bigint";
  if (type === "google.protobuf.Timestamp") return (value) => value instanceof Date;
  if (type.startsWith("list")) return isList;
  if (type.startsWith("map")) return isTable;
  return undefined;
}

function compileMacro(name: string, receiver: ASTNode, args: readonly ASTNode[], scope: Scope): Run {
  const [variable, condition, transform] = args;
  if (variable?.op !== "id" || condition === undefined)
    throw new EvaluationFailure(`${name}() needs a name first`);
  const slot = scope.bound.size;
  const inner = { ...scope, bound: new Map(scope.bound).set(variable.args, slot) };
  const list = compile(receiver, scope);
  const test = compile(condition, inner);
  const made = transform === undefined ? undefined : compile(transform, inner);
  const each = macroOf(name, test, made);
  return (record, frame) => {
    const entries = list(record, frame);
    if (entries !== null && !isList(entries))
      throw new EvaluationFailure(`${name}() works on a list, got ${typeName(entries)}`);
    return each(entries ?? [], (entry) => {
      if (--frame.steps < 0) throw new EvaluationFailure(`more than ${MOST_STEPS} steps`);
      frame.slots[slot] = entry;
      return [record, frame];
    });
  };
}

type Bind = (entry: Value) => readonly [SourceRecord, Frame];

function macroOf(
  name: string,
  test: Run,
  made: Run | undefined,
): (entries: readonly Value[], bind: Bind) => Value {
  const holds = (bind: Bind) => (entry: Value) => truth(test(...bind(entry)));
  switch (name) {
    case "exists":
      return (entries, bind) => entries.some(holds(bind));
    case "all":
      return (entries, bind) => entries.every(holds(bind));
    case "exists_one":
      return (entries, bind) => entries.filter(holds(bind)).length === 1;
    case "filter":
      return (entries, bind) => entries.filter(holds(bind));
    default:
      return made === undefined
        ? (entries, bind) => entries.map((entry) => test(...bind(entry)))
        : (entries, bind) => entries.filter(holds(bind)).map((entry) => made(...bind(entry)));
  }
}
