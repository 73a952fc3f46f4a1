/** Functions of Entra's on lists, numbers and anything, and those that no provisioning without Entra can have. */
import { asList, asText, bool, type Cel, call, NotTranslatable, tight } from "./cel.ts";
import type { Translator } from "./functions.ts";
import type { EntraCall } from "./translate.ts";

export const VALUE_FUNCTIONS: Readonly<Record<string, Translator>> = {
  BitAnd: (entra) => {
    entra.takes(2);
    return call("bitAnd", [entra.int(0), entra.int(1)], "int");
  },
  CBool: (entra) => {
    entra.takes(1);
    return entra.any(0, "bool");
  },
  Count: (entra) => {
    entra.takes(1);
    return call("count", [asList(entra.any(0))], "int");
  },
  CStr: (entra) => {
    entra.takes(1);
    return entra.text(0);
  },
  IsNull: (entra) => test(entra, "isEmpty"),
  IsNullOrEmpty: (entra) => test(entra, "isEmpty"),
  IsPresent: (entra) => test(entra, "isPresent"),
  IsString: (entra) => {
    entra.takes(1);
    return call("isString", [entra.any(0)], "bool");
  },
  Item: (entra) => {
    entra.takes(2);
    const index = entra.int(1);
    if (/^(0|-\d+)$/.test(index.text)) throw new NotTranslatable("Item() counts from 1");
    return call("item", [asList(entra.any(0)), index], "text");
  },
  Not: (entra) => {
    entra.takes(1);
    return not(entra.any(0, "bool"));
  },
  RemoveDuplicates: (entra) => {
    entra.takes(1);
    return call("removeDuplicates", [asList(entra.any(0))], "list");
  },
  IgnoreFlowIfNullOrEmpty: (entra) => {
    entra.takes(1);
    entra.translation.differs(
      "IgnoreFlowIfNullOrEmpty() inside another function is left out: the row is written as its whole expression says",
    );
    return entra.any(0, entra.wanted);
  },
  Redact: (entra) => {
    entra.takes(1);
    entra.translation.differs(
      "Redact() is left out: the value stands in plan, log and audit trail like any other",
    );
    return entra.any(0, entra.wanted);
  },
  SelectUniqueValue: (entra) => {
    entra.takes(2, Number.POSITIVE_INFINITY);
    entra.translation.differs(
      "only the first rule of SelectUniqueValue() is taken: where the target has the value already, the person is set aside and named, and no other is made up",
    );
    return entra.any(0, entra.wanted);
  },
  AppRoleAssignmentsComplex: noRoles,
  AssertiveAppRoleAssignmentsComplex: noRoles,
  SingleAppRoleAssignment: noRoles,
  DefaultDomain: () => {
    throw new NotTranslatable(
      'which domain of the tenant is the default one is not read; write it out, as in "contoso.com"',
    );
  },
  Error: () => {
    throw new NotTranslatable(
      "Error() has no counterpart: a row that a person must have and that is empty sets the person aside by itself",
    );
  },
};

/** `!x`, and no `!!x`. */
export function not(condition: Cel): Cel {
  if (condition.text === "true" || condition.text === "false") return bool(condition.text === "false");
  return condition.text.startsWith("!") && !condition.loose
    ? { text: condition.text.slice(1), type: "bool" }
    : { text: `!${tight(condition)}`, type: "bool" };
}

function test(entra: EntraCall, name: string): Cel {
  entra.takes(1);
  const subject = entra.any(0);
  return call(
    name,
    [subject.type === "text" || subject.type === "nothing" ? asText(subject) : subject],
    "bool",
  );
}

function noRoles(): never {
  throw new NotTranslatable(
    "roles of the application are not read: give what depends on a role by membership of a group at the target, or map it from an attribute of the person",
  );
}
