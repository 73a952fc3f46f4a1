/** Filters of the one form that every service knows: `attribute eq "value"` (RFC 7644 3.4.2.2). */
import { composed } from "./composed.ts";

/** Attributes whose values are compared exactly (`caseExact: true` in RFC 7643 3.1 and 4); all others without regard to case. */
const CASE_EXACT = new Set(["id", "externalid", "members.value", "manager.value", "password"]);

/** Text as two values are compared "without regard to case": also the composed and the decomposed form of a letter are one. */
export function fold(text: string): string {
  return composed(text).toLowerCase();
}

/** True when two values of this attribute differ by case alone and are therefore different. */
function isCaseExact(attribute: string): boolean {
  return CASE_EXACT.has(fold(attribute));
}

/** Compares a value with what a service found, in full: services match loosely. */
export function sameText(attribute: string, ours: string, theirs: string): boolean {
  return isCaseExact(attribute) ? ours === theirs : fold(ours) === fold(theirs);
}

/** `userName eq "ann"`: the value as a JSON string, so quotes and backslashes cannot end it. */
export function equals(attribute: string, value: string): string {
  return `${attribute} eq ${JSON.stringify(value)}`;
}

/** A query string with everything percent-encoded, spaces as %20 (some services do not take "+"). */
export function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
