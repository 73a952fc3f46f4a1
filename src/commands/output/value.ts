import type { Json } from "../../scim/resource.ts";
import { escaped } from "./escape.ts";
import { cut } from "./table.ts";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:";

/** A value as a plan shows it: text in quotes, nothing as (empty), one line, at most `width` cells. */
export function showValue(value: Json | undefined, width = 60): string {
  if (value === null || value === undefined || value === "") return "(empty)";
  if (typeof value === "string") return `"${cut(escaped(value), Math.max(8, width - 2))}"`;
  return cut(escaped(JSON.stringify(value)), width);
}

/** A SCIM path as people say it: the enterprise extension's long name is left out. */
export function showPath(path: string): string {
  return escaped(path.startsWith(ENTERPRISE) ? path.slice(ENTERPRISE.length) : path);
}
