/** Which properties and operators each endpoint takes in `search` and `filter`. */
import type { Dialect, Kind } from "./expression.ts";
import { invalidSearch, OktaError } from "./okta-error.ts";

const comparing = ["eq", "gt", "ge", "lt", "le"];
const searching = [...comparing, "sw", "co", "ew", "pr"];

export function userSearch(profile: ReadonlySet<string>): Dialect {
  const times = ["created", "activated", "statusChanged", "lastUpdated"];
  return dialect({
    kindOf: (name) => {
      if (times.includes(name)) return "time";
      if (["id", "status", "type.id"].includes(name)) return "text";
      return name.startsWith("profile.") && profile.has(name.slice("profile.".length)) ? "text" : undefined;
    },
    operatorsOf: (name) => (times.includes(name) ? [...comparing, "pr"] : searching),
    operators: searching,
    not: true,
  });
}

export const userFilter: Dialect = dialect({
  kindOf: kinds(
    ["lastUpdated"],
    [...["status", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"]],
  ),
  operatorsOf: (name) => (name === "lastUpdated" ? comparing : ["eq"]),
  operators: comparing,
  not: false,
});

const groupTimes = ["lastUpdated", "lastMembershipUpdated"];

export const groupSearch: Dialect = dialect({
  kindOf: kinds(
    ["created", ...groupTimes],
    ["id", "type", "source.id", "profile.name", "profile.description"],
  ),
  operatorsOf: (name) => ([...groupTimes, "created"].includes(name) ? [...comparing, "pr"] : searching),
  operators: searching,
  not: true,
});

export const groupFilter: Dialect = dialect({
  kindOf: kinds(groupTimes, ["id", "type"]),
  operatorsOf: (name) => (groupTimes.includes(name) ? comparing : ["eq"]),
  operators: comparing,
  not: false,
});

const people = ["id", "type", "alternateId", "displayName"];
const logOperators = ["eq", "co", "sw", "pr", "gt", "ge", "lt", "le"];

/** `published` is not among them: since and until are for that. */
export function logFilter(text: string): Dialect {
  const known = kinds(
    [],
    [
      ...["eventType", "displayMessage", "severity", "uuid", "version", "legacyEventType"],
      ...["outcome.result", "outcome.reason", "transaction.id", "transaction.type", "client.ipAddress"],
      ...["debugContext.debugData.url", "debugContext.debugData.requestUri"],
      ...people.flatMap((name) => [`actor.${name}`, `target.${name}`]),
    ],
  );
  return {
    kindOf: known,
    operatorsOf: (name) =>
      name.startsWith("debugContext.") ? logOperators.filter((one) => one !== "co") : logOperators,
    operators: logOperators,
    not: true,
    refuse: {
      syntax: (detail) => badLog(`Invalid filter '${text}': ${detail}`),
      operator: (operator, position) =>
        badLog(
          `Invalid filter '${text}': Unrecognized attribute operator '${operator}' at position ${position}. Expected: ${logOperators.join(",")}`,
        ),
      property: (property) => badLog(`field is not valid: ${property}`),
      combination: (operator, property) =>
        new OktaError(
          400,
          "E0000031",
          `The supplied combination of operator and field is not currently supported. Operator: ${operator}, Field: ${property}`,
        ),
    },
  };
}

/** E0000053: a query that the System Log does not take. */
export function badLog(summary: string): OktaError {
  return new OktaError(400, "E0000053", summary);
}

function kinds(times: readonly string[], texts: readonly string[]): (name: string) => Kind | undefined {
  return (name) => (times.includes(name) ? "time" : texts.includes(name) ? "text" : undefined);
}

function dialect(rules: Omit<Dialect, "refuse">): Dialect {
  return {
    ...rules,
    refuse: {
      syntax: (detail) => invalidSearch(`Invalid expression: ${detail}.`),
      operator: (operator) => invalidSearch(`Unsupported operator: ${operator}.`),
      property: (property) => invalidSearch(`Unknown property: ${property}.`),
      combination: (operator, property) => invalidSearch(`${property} does not take ${operator}.`),
    },
  };
}
