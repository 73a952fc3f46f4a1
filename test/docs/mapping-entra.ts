/**
 * What Entra's provisioning has, as its documentation lists it.
 * https://learn.microsoft.com/entra/identity/app-provisioning/functions-for-customizing-application-data
 * https://learn.microsoft.com/entra/identity/app-provisioning/define-conditional-rules-for-provisioning-user-accounts
 */
export const entraFunctions: readonly string[] = [
  ...[
    "Append",
    "AppRoleAssignmentsComplex",
    "AssertiveAppRoleAssignmentsComplex",
    "BitAnd",
    "CBool",
    "CDate",
  ],
  ...[
    "Coalesce",
    "ConvertToBase64",
    "ConvertToUTF8Hex",
    "Count",
    "CStr",
    "DateAdd",
    "DateDiff",
    "DateFromNum",
  ],
  ...["DefaultDomain", "FormatDateTime", "Guid", "IgnoreFlowIfNullOrEmpty", "IIF", "InStr", "IsNull"],
  ...["IsNullOrEmpty", "IsPresent", "IsString", "Item", "Join", "Left", "Len", "Mid", "NormalizeDiacritics"],
  ...["Not", "Now", "NumFromDate", "PCase", "RandomString", "Redact", "RemoveDuplicates", "Replace"],
  ...[
    "SelectUniqueValue",
    "SingleAppRoleAssignment",
    "Split",
    "StripSpaces",
    "Switch",
    "ToLower",
    "ToUpper",
    "Word",
  ],
];

/** What is no function here. */
export const elsewhere: Readonly<Record<string, string>> = {
  IIF: "`condition ? a : b`, and `&&`, `||`, `!` in the condition",
  Not: "`!`",
  IsNull: "`user.mail == null`",
  IgnoreFlowIfNullOrEmpty: "`write: ifPresent` of the row",
};

/** What there is nothing for, and why. */
export const withoutEquivalent: Readonly<Record<string, string>> = {
  AppRoleAssignmentsComplex:
    "app roles are Entra's own; `scope.assigned.app` of the connection says who is assigned, and roles follow groups or an attribute: `roles: user.…`",
  AssertiveAppRoleAssignmentsComplex: "as above; a whole `roles` row always replaces the list",
  SingleAppRoleAssignment: "as above",
  DefaultDomain: "a constant of one tenant: write the domain itself",
  Redact:
    "values of people stand in the plan, the audit trail and `explain`, for those who may read the state; they never stand in a log or an error. What nobody may see at all should not be mapped",
  SelectUniqueValue:
    "it makes login names in an on-premises Active Directory. Here the directory has made them unique; a name that is taken at the target belongs to somebody, and is set aside for a person to look at (`rollcall link`) and not evaded silently",
};

/** A clause, the rule that does the same, and whom it lets in: the attribute's value, "" where it is absent. */
export const operators: readonly {
  readonly name: string;
  readonly rule: string;
  readonly columns: Readonly<Record<string, boolean>>;
}[] = [
  {
    name: 'title EQUALS "Sales"',
    rule: 'user.title == "Sales"',
    columns: { Sales: true, sales: false, "": false },
  },
  {
    name: 'title NOT EQUALS "Sales"',
    rule: 'isPresent(user.title) && user.title != "Sales"',
    columns: { Sales: false, sales: true, "": false },
  },
  { name: "title IS NULL", rule: "isEmpty(user.title)", columns: { Sales: false, "": true } },
  { name: "title IS NOT NULL", rule: "isPresent(user.title)", columns: { Sales: true, "": false } },
  { name: "enabled IS TRUE", rule: "user.enabled == true", columns: { true: true, false: false, "": false } },
  {
    name: "enabled IS FALSE",
    rule: "user.enabled == false",
    columns: { true: false, false: true, "": false },
  },
  { name: "level Greater_Than 4", rule: "user.level > 4", columns: { 5: true, 4: false, "": false } },
  {
    name: "level Greater_Than_OR_EQUALS 5",
    rule: "user.level >= 5",
    columns: { 5: true, 4: false, "": false },
  },
  {
    name: 'title Includes "Sal"',
    rule: 'user.title.contains("Sal")',
    columns: { Sales: true, sales: false, "": false },
  },
  {
    name: 'title ENDS_WITH "les"',
    rule: 'user.title.endsWith("les")',
    columns: { Sales: true, sales: true, "": false },
  },
  {
    name: 'title REGEX MATCH "^S.*s$"',
    rule: 'reMatches(user.title, "^S.*s$")',
    columns: { Sales: true, sales: false, "": false },
  },
  {
    name: 'title NOT REGEX MATCH "^S.*s$"',
    rule: 'isPresent(user.title) && !reMatches(user.title, "^S.*s$")',
    columns: { Sales: false, sales: true, "": false },
  },
  {
    name: 'title & "Sales,Law"',
    rule: 'isPresent(user.title) && "Sales,Law".contains(user.title)',
    columns: { Sales: true, sales: false, "": false },
  },
  {
    name: 'title !& "Sales,Law"',
    rule: 'isPresent(user.title) && !"Sales,Law".contains(user.title)',
    columns: { Sales: false, sales: true, "": false },
  },
];
