/**
 * Settings that the design knows and this version does not: refused by name. Somebody who writes `protect` relies on it;
 * to take it for a typo, or to skip it, would be the worst answer.
 */
import { formatKeys, type Keys } from "../yaml/keys.ts";

const NOT_YET: readonly { readonly path: RegExp; readonly consequence: string }[] = [
  { path: /^connections\.[^.]+\.protect$/, consequence: "nobody would be protected" },
  { path: /^connections\.[^.]+\.privilegedGroups$/, consequence: "additions would not be held" },
  { path: /^connections\.[^.]+\.canary$/, consequence: "nothing would be checked" },
];

/** What to say of a key that is known but not supported; undefined for any other key. */
export function notYet(keys: Keys): string | undefined {
  const path = formatKeys(keys);
  const found = NOT_YET.find((each) => each.path.test(path));
  return found && `not supported by this version; remove it (${found.consequence})`;
}
