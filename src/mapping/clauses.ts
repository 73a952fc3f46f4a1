/** A scope rule in its parts between && and ||, for `explain`: which of them hold for a record, and which of them decided. */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Attributes } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import { compileExpression, type Expression, type Language } from "./expression.ts";
import { readOf } from "./trace.ts";
import { parser } from "./tree.ts";
import { EvaluationFailure, truth } from "./value.ts";

export interface Clause {
  readonly text: string;
  /** Undefined where it cannot be evaluated. */
  readonly holds: boolean | undefined;
  /** The attributes that it read; null where there is nothing. */
  readonly reads: Attributes;
  /** The verdict is what it is because of this part. */
  readonly decides: boolean;
}

type Tree =
  | { readonly op: "&&" | "||"; readonly left: Tree; readonly right: Tree }
  | { readonly op: "leaf"; readonly text: string; readonly expression: Expression };

/** Takes a rule that compiles. */
export function clausesOf(text: string, language: Language): (record: SourceRecord) => readonly Clause[] {
  const tree = treeOf(parser.parse(text).ast, language);
  return (record) => {
    const deciding = new Set(deciders(tree, record));
    return leaves(tree).map((leaf) => ({
      text: leaf.text,
      holds: holds(leaf, record),
      reads: readOf(leaf.expression.reads, record),
      decides: deciding.has(leaf),
    }));
  };
}

function treeOf(node: ASTNode, language: Language): Tree {
  if (node.op === "&&" || node.op === "||") {
    const [left, right] = node.args;
    return { op: node.op, left: treeOf(left, language), right: treeOf(right, language) };
  }
  const text = node.input.slice(node.start, node.end);
  const { expression } = compileExpression(text, language);
  if (expression === undefined)
    throw new EvaluationFailure(`a part of the rule does not stand alone: ${text}`);
  return { op: "leaf", text, expression };
}

type Leaf = Extract<Tree, { readonly op: "leaf" }>;

function leaves(tree: Tree): readonly Leaf[] {
  return tree.op === "leaf" ? [tree] : [...leaves(tree.left), ...leaves(tree.right)];
}

function holds(tree: Tree, record: SourceRecord): boolean | undefined {
  if (tree.op === "leaf") {
    try {
      return truth(tree.expression.evaluate(record));
    } catch (error) {
      if (!(error instanceof EvaluationFailure)) throw error;
      return undefined;
    }
  }
  const left = holds(tree.left, record);
  // What settles it makes the right side irrelevant, as in the evaluation itself.
  if (left === undefined || left === (tree.op === "||")) return left;
  return holds(tree.right, record);
}

/** Of "and" that holds all parts decide, of one that does not those that do not; of "or" the first that holds, or all. */
function deciders(tree: Tree, record: SourceRecord): readonly Leaf[] {
  if (tree.op === "leaf") return [tree];
  const { op, left, right } = tree;
  const settles = op === "||";
  const [isLeft, isRight] = [holds(left, record), holds(right, record)];
  if (isLeft === undefined) return deciders(left, record);
  if (isLeft === settles) {
    const both = op === "&&" && isRight === settles;
    return both ? [...deciders(left, record), ...deciders(right, record)] : deciders(left, record);
  }
  if (isRight === settles || isRight === undefined) return deciders(right, record);
  return [...deciders(left, record), ...deciders(right, record)];
}
