import type { Json } from "../scim/resource.ts";
import type { ConnectionConfig } from "./config.ts";

/**
 * What of a connection's configuration is written down to tell one from the next: setting -> value. Mappings are their text; how source and target
 * are reached is left out, because it is long and tells nothing of who gets an account.
 */
export function comparedSettings(config: ConnectionConfig): Readonly<Record<string, Json>> {
  const {
    source,
    target,
    mapping,
    where: _,
    name: __,
    scope,
    policy,
    limits,
    retry,
    protect,
    ...rest
  } = config;
  const { users, groups, ...scopeRest } = scope;
  const parts = {
    source: `${source.name} (${source.type})`,
    target: `${target.name} (${target.type})`,
    mapping: mapping?.text ?? "default",
    ...rest,
    ...below("scope", { users: users?.text, groups: groups?.text, ...scopeRest }),
    ...below("policy", policy),
    ...below("limits", limits),
    ...below("retry", retry),
    ...below("protect", protect),
  };
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify(parts)) as Readonly<Record<string, Json>>;
}

function below(name: string, part: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [`${name}.${key}`, value]));
}
