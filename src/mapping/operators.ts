/** Arithmetic of the mapping language. Nothing in, nothing out. */
import { bounded, EvaluationFailure, isList, typeName, type Value } from "./value.ts";

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** Sum of numbers, or texts or lists put together. */
export function add(a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  if (typeof a === "string" && typeof b === "string") return bounded(a + b);
  if (isList(a) && isList(b)) return [...a, ...b];
  return arithmetic("+", a, b);
}

/** + - * / % on two ints or two doubles; an int next to a double is a mistake, as in CEL. */
export function arithmetic(operator: string, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  if (typeof a === "bigint" && typeof b === "bigint") return inRange(onInts(operator, a, b));
  if (typeof b === "number" && (typeof a === "number" || a === 0n)) return onDoubles(operator, Number(a), b);
  throw new EvaluationFailure(`${operator} does not take ${typeName(a)} and ${typeName(b)}`);
}

function onInts(operator: string, a: bigint, b: bigint): bigint {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (b === 0n) throw new EvaluationFailure("division by zero");
  return operator === "/" ? a / b : a % b;
}

function onDoubles(operator: string, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (operator === "/") return a / b;
  throw new EvaluationFailure("% takes whole numbers");
}

function inRange(value: bigint): bigint {
  if (value > LARGEST || value < SMALLEST)
    throw new EvaluationFailure("the number leaves the range of 64 bits");
  return value;
}
