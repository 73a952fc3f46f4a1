/** The tree of a parsed YAML file as plain values, with the place of each; bounded, so that aliases cannot blow it up. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
} from "yaml";
import { looksSecret, type Range } from "./frame.ts";
import { type Keys, placeKey } from "./keys.ts";

export interface Place {
  readonly key?: Range;
  readonly value?: Range;
  /** The text of a scalar, and how it is written: the source may be longer than the text. */
  readonly scalar?: string;
  readonly form?: "plain" | "quoted" | "block";
}

export interface TreeProblem {
  readonly keys: Keys;
  readonly range: Range;
  readonly message: string;
}

/** Nodes visited, aliases followed included: far above any real configuration. */
const MOST_NODES = 50_000;
const DEEPEST = 40;

/** Fills `places` by the keys that lead there, and `hidden` with the ranges that must not be shown. */
export function toValue(
  parsed: Document.Parsed<ParsedNode>,
  places: Map<string, Place>,
  hidden: Range[],
): { readonly value: unknown; readonly problems: readonly TreeProblem[] } {
  const problems: TreeProblem[] = [];
  let nodes = 0;
  // Finding an anchor walks the file, and a hostile one asks for the same few a thousand times.
  const targets = new Map<unknown, unknown>();

  function visit(node: unknown, keys: Keys, key: Range | undefined): unknown {
    nodes++;
    const range = rangeOf(node) ?? key ?? [0, 0];
    if (nodes > MOST_NODES || keys.length > DEEPEST) {
      if (problems.length === 0) {
        const what = keys.length > DEEPEST ? "it is nested too deeply" : "it holds too many values";
        problems.push({ keys: keys.slice(0, 3), range, message: `refused: ${what} (aliases count)` });
      }
      return undefined;
    }
    if (isAlias(node)) {
      const target = targets.get(node) ?? node.resolve(parsed);
      targets.set(node, target);
      if (target === undefined) problems.push({ keys, range, message: `unknown alias *${node.source}` });
      return visit(target, keys, key ?? range);
    }
    places.set(placeKey(keys), place(node, range, key));
    if (isMap(node)) return visitMap(node.items, keys);
    if (isSeq(node)) return node.items.map((each, index) => visit(each, [...keys, index], undefined));
    return isScalar(node) ? scalarValue(node) : null;
  }

  function visitMap(pairs: readonly Pair[], keys: Keys): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const pair of pairs) {
      const name = isScalar(pair.key) ? String(pair.key.value) : "";
      const range = rangeOf(pair.key) ?? [0, 0];
      const below = [...keys, name];
      if (name === "__proto__" || !isScalar(pair.key)) {
        problems.push({ keys: below, range, message: "this key is not allowed" });
        continue;
      }
      if (looksSecret(name) && (isScalar(pair.value) || isSeq(pair.value)))
        hidden.push(...ranges(pair.value));
      result[name] = visit(pair.value, below, range);
    }
    return result;
  }

  return { value: visit(parsed.contents, [], undefined), problems };
}

function place(node: unknown, range: Range, key: Range | undefined): Place {
  const own = { value: range, ...(key === undefined ? {} : { key }) };
  if (!isScalar(node)) return own;
  const block = node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL";
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
  return { ...own, scalar: String(node.value ?? ""), form: block ? "block" : quoted ? "quoted" : "plain" };
}

function scalarValue(node: Scalar): unknown {
  return typeof node.value === "bigint" ? Number(node.value) : node.value;
}

function ranges(node: unknown): Range[] {
  const range = rangeOf(node);
  return range === undefined ? [] : [range];
}

function rangeOf(node: unknown): Range | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  return node.range == null ? undefined : [node.range[0], node.range[1]];
}
