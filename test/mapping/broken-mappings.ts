/** Broken mapping files, and the exact message that each gets: `line:column: path: message`. */
export const brokenMappings: readonly {
  readonly title: string;
  readonly yaml: string;
  readonly expected: readonly string[];
}[] = [
  {
    title: "an unknown section",
    yaml: `extends: default
user:
  attributes: {}
`,
    expected: ['2:1: user: unknown key, did you mean "users"?'],
  },
  {
    title: "an unknown attribute",
    yaml: `extends: default
users:
  attributes:
    title: user.titel
`,
    expected: ['4:17: users.attributes.title: unknown attribute "titel", did you mean "title"?'],
  },
  {
    title: "two mistakes in one expression",
    yaml: `extends: default
users:
  attributes:
    title: lowr(user.titel)
`,
    expected: [
      '4:12: users.attributes.title: unknown function "lowr", did you mean "lower"?',
      '4:22: users.attributes.title: unknown attribute "titel", did you mean "title"?',
    ],
  },
  {
    title: "an attribute that may not be read",
    yaml: `extends: default
users:
  attributes:
    title: user.title2
`,
    expected: ['4:17: users.attributes.title: the attribute "title2" cannot be used: it is a secret'],
  },
  {
    title: "an unknown function",
    yaml: `extends: default
users:
  attributes:
    title: toLower(user.title)
`,
    expected: ['4:12: users.attributes.title: unknown function "toLower", did you mean "lower"?'],
  },
  {
    title: "a method that is a function",
    yaml: `extends: default
users:
  attributes:
    title: user.title.lower()
`,
    expected: ["4:23: users.attributes.title: lower is a function: lower(string) -> string"],
  },
  {
    title: "a function with a wrong argument",
    yaml: `extends: default
users:
  attributes:
    title: lower(user.enabled)
`,
    expected: ["4:12: users.attributes.title: lower() does not take (bool): lower(string) -> string"],
  },
  {
    title: "an int beside a double",
    yaml: `extends: default
users:
  attributes:
    title: string(user.level + 1.5)
`,
    expected: [
      "4:19: users.attributes.title: cannot compute int + double; beside a double write 1.0 instead of 1",
    ],
  },
  {
    title: "a number for a text",
    yaml: `extends: default
users:
  attributes:
    title: user.level
`,
    expected: [
      "4:12: users.attributes.title: title holds a text, but the expression gives a number; string(...) makes a text of it",
    ],
  },
  {
    title: "a list for a text",
    yaml: `extends: default
users:
  attributes:
    title: user.tags
`,
    expected: [
      '4:12: users.attributes.title: title holds a text, but the expression gives a list; join(", ", ...) or first(...) makes a text of it',
    ],
  },
  {
    title: "a text for active",
    yaml: `extends: default
users:
  attributes:
    active: user.title
`,
    expected: ["4:13: users.attributes.active: active holds true or false, but the expression gives a text"],
  },
  {
    title: "a text for a reference",
    yaml: `extends: default
users:
  attributes:
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager: user.mail
`,
    expected: [
      '4:73: users.attributes."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager holds a reference to a person, e.g. user.manager, but the expression gives a text',
    ],
  },
  {
    title: "a reference for a text",
    yaml: `extends: default
users:
  attributes:
    title: user.manager
`,
    expected: ["4:12: users.attributes.title: title holds a text, but the expression gives a reference"],
  },
  {
    title: "a pattern that is not linear",
    yaml: `extends: default
users:
  attributes:
    title: reReplace(user.title, "(?=a)", "")
`,
    expected: [
      "4:34: users.attributes.title: not a pattern in RE2 syntax (look-around and back references are not part of it): error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
    ],
  },
  {
    title: "a pattern that is computed",
    yaml: `extends: default
users:
  attributes:
    title: reReplace(user.title, user.mail, "")
`,
    expected: ["4:34: users.attributes.title: this argument of reReplace() must stand here literally"],
  },
  {
    title: "a group that the pattern has not",
    yaml: `extends: default
users:
  attributes:
    title: reReplace(user.title, "(a)", "$2")
`,
    expected: ["4:41: users.attributes.title: $2: the pattern has 1 group"],
  },
  {
    title: "a computed attribute name",
    yaml: `extends: default
users:
  attributes:
    title: user["ti" + "tle"]
`,
    expected: [
      "4:12: users.attributes.title: the name of an attribute must stand here literally: it decides what is asked from the directory",
    ],
  },
  {
    title: "the whole person",
    yaml: `extends: default
users:
  attributes:
    title: string(user)
`,
    expected: ["4:19: users.attributes.title: say which attribute: user.<name>"],
  },
  {
    title: "comprehensions inside each other",
    yaml: `extends: default
users:
  attributes:
    title: join(",", user.tags.map(a, join("", user.tags.map(b, join("", user.tags.map(c, a + b + c))))))
`,
    expected: [
      "4:74: users.attributes.title: exists, all, map and filter may stand inside each other 2 deep",
    ],
  },
  {
    title: "an unknown SCIM attribute",
    yaml: `extends: default
users:
  attributes:
    usrName: user.login
`,
    expected: ['4:5: users.attributes.usrName: a user has no attribute "usrName", did you mean "userName"?'],
  },
  {
    title: "an unknown attribute of the enterprise extension",
    yaml: `extends: default
users:
  attributes:
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:departement: user.title
`,
    expected: [
      '4:5: users.attributes."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:departement": the enterprise extension has no "departement", did you mean "department"?',
    ],
  },
  {
    title: "a whole list of values",
    yaml: `extends: default
users:
  attributes:
    emails: user.mail
`,
    expected: [
      '4:13: users.attributes.emails: "emails" holds several values: give a list, or say which part of which one, as in emails[type eq "work"].value',
    ],
  },
  {
    title: "a path without the filter",
    yaml: `extends: default
users:
  attributes:
    emails.value: user.mail
`,
    expected: [
      '4:5: users.attributes."emails.value": "emails" holds several values: say which one, as in emails[type eq "work"].value',
    ],
  },
  {
    title: "a path that is not one",
    yaml: `extends: default
users:
  attributes:
    user name: user.mail
`,
    expected: [
      '4:5: users.attributes."user name": not a SCIM path; expected something like userName, name.givenName, emails[type eq "work"].value or urn:...:User:department',
    ],
  },
  {
    title: "the id",
    yaml: `extends: default
users:
  attributes:
    id: user.id
`,
    expected: ['4:5: users.attributes.id: "id" is given by the target, a mapping cannot set it'],
  },
  {
    title: "members",
    yaml: `extends: default
groups:
  attributes:
    members: group.id
`,
    expected: [
      "4:5: groups.attributes.members: memberships are not mapped: they follow the directory's groups (policy.groups)",
    ],
  },
  {
    title: "a password",
    yaml: `extends: default
users:
  attributes:
    password: user.mail
`,
    expected: ["4:5: users.attributes.password: passwords are not synchronised"],
  },
  {
    title: "a polluting name",
    yaml: `extends: default
users:
  attributes:
    name.constructor: user.mail
`,
    expected: ['4:5: users.attributes."name.constructor": "constructor" is not a name that a path may hold'],
  },
  {
    title: "__proto__ as a key",
    yaml: `extends: default
users:
  attributes:
    __proto__: user.mail
`,
    expected: ["4:5: users.attributes.__proto__: this key is not allowed"],
  },
  {
    title: "the same place twice",
    yaml: `extends: default
users:
  attributes:
    title: user.title
    Title: user.mail
`,
    expected: ["5:5: users.attributes.Title: the same place as title; keep one of them"],
  },
  {
    title: "null for a row that is not there",
    yaml: `extends: default
users:
  attributes:
    nickName: null
`,
    expected: [
      "4:5: users.attributes.nickName: null drops a row of the default mapping, which has none of this name",
    ],
  },
  {
    title: "a row of an unknown form",
    yaml: `extends: default
users:
  attributes:
    title: 5
`,
    expected: [
      "4:12: users.attributes.title: expected an expression, { value: ... }, { constant: ... } or null, got 5",
    ],
  },
  {
    title: "a misspelt part of a row",
    yaml: `extends: default
users:
  attributes:
    title: { value: user.title, ifempty: user.mail }
`,
    expected: ['4:33: users.attributes.title.ifempty: unknown key, did you mean "ifEmpty"?'],
  },
  {
    title: "a constant and a misspelt write",
    yaml: `extends: default
users:
  attributes:
    title: { constant: x, wirte: onCreate }
`,
    expected: ['4:27: users.attributes.title.wirte: unknown key, did you mean "write"?'],
  },
  {
    title: "a constant of the wrong type",
    yaml: `extends: default
users:
  attributes:
    title: { constant: 5 }
`,
    expected: ["4:24: users.attributes.title.constant: expected text; put it in quotes"],
  },
  {
    title: "match by something that no row gives",
    yaml: `extends: default
users:
  match: [externalId, emails[type eq "work"].value]
`,
    expected: [
      "3:29: not valid YAML: Missing , or : between flow sequence items",
      "3:45: not valid YAML: Unexpected scalar at node end",
    ],
  },
  {
    title: "match by a misspelt name",
    yaml: `extends: default
users:
  match: [externalID, usrName]
`,
    expected: ['3:23: users.match.1: a user has no attribute "usrName", did you mean "userName"?'],
  },
  {
    title: "no userName",
    yaml: `users:
  match: [externalId]
  attributes:
    externalId: user.id
groups: { match: [displayName], attributes: { displayName: group.name } }
`,
    expected: ["3:3: users.attributes: userName is missing: every user needs one"],
  },
  {
    title: "userName dropped",
    yaml: `extends: default
users:
  attributes: { userName: null }
`,
    expected: [
      "3:3: users.attributes: userName is missing: every user needs one",
      "hr/mapping.yaml:2:23: users.match.1: no row gives userName a value to match by, expected externalId, active, displayName, title or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    ],
  },
  {
    title: "no match",
    yaml: `users:
  attributes:
    userName: user.login
groups: { match: [displayName], attributes: { displayName: group.name } }
`,
    expected: [
      "1:1: users.match: match is missing: say how to find existing users, e.g. [externalId, userName]",
    ],
  },
  {
    title: "no groups though they are pushed",
    yaml: `users:
  match: [userName]
  attributes:
    userName: user.login
`,
    expected: ["1:1: groups.attributes: displayName is missing: every group needs one"],
  },
  {
    title: "active only at creation",
    yaml: `extends: default
users:
  attributes:
    active: { value: user.enabled, write: onCreate }
`,
    expected: [
      "4:5: users.attributes.active: active is always written; policy.newUsers sets the state at creation",
    ],
  },
  {
    title: "a test of an unknown attribute and an unknown path",
    yaml: `extends: default
tests:
  - given: { titel: x }
    expect: { usrName: x }
`,
    expected: [
      '3:14: tests.0.given.titel: unknown attribute "titel", did you mean "title"?',
      '4:15: tests.0.expect.usrName: a user has no attribute "usrName", did you mean "userName"?',
    ],
  },
  {
    title: "an expression with a colon that is not in quotes",
    yaml: `extends: default
users:
  attributes:
    title: user.enabled ? "a" : "b"
`,
    expected: ["4:12: put this value in quotes: it holds a colon and a space, which YAML reads as a key"],
  },
  {
    title: "match by a value that no row gives",
    yaml: `extends: default
users:
  match: ['emails[type eq "work"].value']
`,
    expected: [
      '3:11: users.match.0: no row gives emails[type eq "work"].value a value to match by, expected externalId, userName, active, displayName, title or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
    ],
  },
  {
    title: "an expression of the wrong kind",
    yaml: `extends: default
users:
  attributes:
    title: group.name
`,
    expected: ['4:12: users.attributes.title: "group" is not known here, this is about a user: user.<name>'],
  },
  {
    title: "an unknown name",
    yaml: `extends: default
users:
  attributes:
    title: usr.title
`,
    expected: ['4:12: users.attributes.title: unknown name "usr", did you mean "user"?'],
  },
  {
    title: "a bracket that is not closed",
    yaml: `extends: default
users:
  attributes:
    title: lower((user.title)
`,
    expected: [
      '4:30: users.attributes.title: not a valid expression: expected ")", got the end of the expression',
    ],
  },
  {
    title: "branches of different types",
    yaml: `extends: default
users:
  attributes:
    title: 'user.enabled ? user.title : user.level'
`,
    expected: [
      "4:13: users.attributes.title: ternary branches must have the same type, got 'string' and 'int'",
    ],
  },
  {
    title: "an unknown base",
    yaml: `extends: standard
`,
    expected: ['1:10: extends: expected default, got "standard"'],
  },
  {
    title: "a whole list beside one of its values",
    yaml: `extends: default
users:
  attributes:
    emails: user.tags
    'emails[type eq "work"].value': user.mail
`,
    expected: [
      '5:5: users.attributes."emails[type eq \\"work\\"].value": emails is written as a whole by another row; keep one of them',
    ],
  },
  {
    title: "chance in a row that is always written",
    yaml: `extends: default
users:
  attributes:
    nickName: { value: user.title, ifEmpty: guid() }
`,
    expected: [
      "4:45: users.attributes.nickName.ifEmpty: guid() gives another value each time: it may stand in a row with write: onCreate only",
    ],
  },
  {
    title: "an example that expects what chance gives",
    yaml: `extends: default
users:
  attributes:
    nickName: { value: guid(), write: onCreate }
tests:
  - { given: { login: ann }, expect: { nickName: x } }
`,
    expected: [
      "6:40: tests.0.expect.nickName: no example can know what nickName will be: it is left to chance or the time of day",
    ],
  },
  {
    title: "match by what is written at creation only",
    yaml: `extends: default
users:
  match: [externalId, nickName]
  attributes:
    nickName: { value: user.login, write: onCreate }
`,
    expected: ["3:23: users.match.1: nobody can be found by nickName: it is written at creation only"],
  },
  {
    title: "a user name that is not always written",
    yaml: `extends: default
users:
  attributes:
    userName: { value: user.login, write: ifPresent }
`,
    expected: ["4:5: users.attributes.userName: userName is always written: every account needs one"],
  },
  {
    title: "a reference at creation only",
    yaml: `extends: default
users:
  attributes:
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager': { value: user.manager, write: onCreate }
`,
    expected: [
      '4:105: users.attributes."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager".write: a reference follows the directory: leave out write',
    ],
  },
  {
    title: "a format that means nothing",
    yaml: `extends: default
users:
  attributes:
    nickName: formatDateTime(user.hired, "yyyy-MMMMM")
`,
    expected: ['4:42: users.attributes.nickName: "MMMMM" means nothing in the format of a date'],
  },
  {
    title: "a group that the pattern does not have",
    yaml: `extends: default
users:
  attributes:
    nickName: reExtract(user.mail, "@(?<domain>.*)", "domian")
`,
    expected: [
      '4:54: users.attributes.nickName: domian: the pattern has 1 group (domain), did you mean "domain"?',
    ],
  },
];
