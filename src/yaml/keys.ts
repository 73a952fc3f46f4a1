/** The way to a value inside a YAML file. */
import { escapeInvisible } from "./show.ts";

/** Keys and indexes from the top of a file. */
export type Keys = readonly PropertyKey[];

/** How places are kept: one text for a list of keys. */
export function placeKey(keys: Keys): string {
  return JSON.stringify(keys.map(String));
}

/** `connections.staff.limits`; keys that are not plain names stand in quotes. */
export function formatKeys(keys: Keys): string {
  return keys
    .map((key) => (/^[\w-]+$/.test(String(key)) ? String(key) : escapeInvisible(JSON.stringify(String(key)))))
    .join(".");
}
