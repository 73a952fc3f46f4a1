/** Broken configurations, and the exact message that each gets. `line:column: path: message`; problems of the mapping file say so in front. */
export interface Broken {
  readonly title: string;
  readonly yaml: string;
  /** Content of mapping.yaml beside it. */
  readonly mapping?: string;
  readonly expected: readonly string[];
}

export const brokenConfigurations: readonly Broken[] = [
  {
    title: "an empty file",
    yaml: ``,
    expected: ["1:1: sources: expected a map, got nothing", "1:1: connections: expected a map, got nothing"],
  },
  {
    title: "a file that is a list",
    yaml: `- a
`,
    expected: ["1:1: expected a map, got a list"],
  },
  {
    title: "a file that is a text",
    yaml: `hello
`,
    expected: ['1:1: expected a map, got "hello"'],
  },
  {
    title: "a key twice",
    yaml: `every: 40m
every: 50m
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["2:1: this key stands here a second time; keep one of them"],
  },
  {
    title: "a tab as indentation",
    yaml: `sources:
	hr: { type: hr }
`,
    expected: ["2:1: expected spaces for indentation, got a tab"],
  },
  {
    title: "a bracket that is not closed",
    yaml: `sources: [
connections: {}
`,
    expected: ['2:1: expected "]" before this: a list that begins with "[" is not closed'],
  },
  {
    title: "two documents",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
---
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["5:1: expected one document, got a second one after ---"],
  },
  {
    title: "an unknown tag",
    yaml: `every: !soon 40m
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["1:8: tags (words that begin with !) are not used here; write the value without one"],
  },
  {
    title: "an alias to nothing",
    yaml: `every: *soon
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["1:8: every: unknown alias *soon"],
  },
  {
    title: "a misspelt key at the top",
    yaml: `evry: 40m
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ['1:1: evry: unknown key, did you mean "every"?'],
  },
  {
    title: "a key that is nothing like any",
    yaml: `colour: red
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: [
      "1:1: colour: unknown key, expected state, control, every, daemon, metrics, notify, audit, sources, targets or connections",
    ],
  },
  {
    title: "no sources and no connections",
    yaml: `every: 40m
`,
    expected: ["1:1: sources: expected a map, got nothing", "1:1: connections: expected a map, got nothing"],
  },
  {
    title: "no connection at all",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections: {}
`,
    expected: ["3:1: connections: expected at least one connection, got an empty map"],
  },
  {
    title: "a section without content",
    yaml: `sources:
connections:
  staff: { source: hr }
`,
    expected: ["1:9: sources: expected a map, got nothing"],
  },
  {
    title: "a duration without a unit",
    yaml: `every: 40
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["1:8: every: expected a duration such as 90s, 40m, 2h or 30d, got 40"],
  },
  {
    title: "a duration of nothing",
    yaml: `every: 0s
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ['1:8: every: expected a duration such as 90s, 40m, 2h or 30d, got "0s"'],
  },
  {
    title: "a duration in words",
    yaml: `every: 40 minutes
sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ['1:8: every: expected a duration such as 90s, 40m, 2h or 30d, got "40 minutes"'],
  },
  {
    title: "a source of an unknown type",
    yaml: `sources:
  hr: { type: hrr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ['2:15: sources.hr.type: expected hr, got "hrr", did you mean "hr"?'],
  },
  {
    title: "a source without a type",
    yaml: `sources:
  hr: { url: x, password: { env: P } }
connections:
  staff: { source: hr }
`,
    expected: ["2:3: sources.hr.type: expected text, got nothing"],
  },
  {
    title: "a literal secret",
    yaml: `sources:
  hr: { type: hr, url: x, password: hunter2 }
connections:
  staff: { source: hr }
`,
    expected: [
      "2:37: sources.hr.password: expected { env: NAME }, { file: /path } or { credential: name }, got something else, which may be the secret itself: it does not belong in this file",
    ],
  },
  {
    title: "a literal secret in a block",
    yaml: `sources:
  hr:
    type: hr
    url: x
    password: hunter2
connections:
  staff: { source: hr }
`,
    expected: [
      "5:15: sources.hr.password: expected { env: NAME }, { file: /path } or { credential: name }, got something else, which may be the secret itself: it does not belong in this file",
    ],
  },
  {
    title: "a literal secret under a misspelt key",
    yaml: `sources:
  hr:
    type: hr
    url: x
    password: { env: P }
    passwrod: hunter2
connections:
  staff: { source: hr }
`,
    expected: ['6:5: sources.hr.passwrod: unknown key, did you mean "password"?'],
  },
  {
    title: "a secret in an unknown form",
    yaml: `sources:
  hr: { type: hr, url: x, password: { value: hunter2 } }
connections:
  staff: { source: hr }
`,
    expected: [
      "2:27: sources.hr.password: expected { env: NAME }, { file: /path } or { credential: name }, got a map",
    ],
  },
  {
    title: "a secret from a variable with a bad name",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: "A-B" } }
connections:
  staff: { source: hr }
`,
    expected: [
      "2:44: sources.hr.password.env: expected the name of an environment variable, got something else, which may be the secret itself: it does not belong in this file",
    ],
  },
  {
    title: "a setting of a source that is not there",
    yaml: `sources:
  hr:
    type: hr
    password: { env: P }
connections:
  staff: { source: hr }
`,
    expected: ["2:3: sources.hr.url: expected text, got nothing"],
  },
  {
    title: "a number out of range",
    yaml: `sources:
  hr:
    type: hr
    url: x
    password: { env: P }
    pageSize: 5000
connections:
  staff: { source: hr }
`,
    expected: ["6:15: sources.hr.pageSize: expected at most 1000, got 5000"],
  },
  {
    title: "a number in quotes",
    yaml: `sources:
  hr:
    type: hr
    url: x
    password: { env: P }
    pageSize: "500"
connections:
  staff: { source: hr }
`,
    expected: ['6:15: sources.hr.pageSize: expected a number, got "500"'],
  },
  {
    title: "a connection name that is no file name",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  ../staff: { source: hr }
`,
    expected: [
      '4:3: connections."../staff": expected a name of letters, digits, "-" and "_" (63 at most), got "../staff"',
    ],
  },
  {
    title: "two connections that differ in case",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
  Staff: { source: hr }
`,
    expected: [
      '5:3: connections.Staff: expected another name: it differs from "staff" in case only, and both become names of files',
    ],
  },
  {
    title: "an unknown source",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hrr }
`,
    expected: ['4:20: connections.staff.source: expected a source (hr), got "hrr", did you mean "hr"?'],
  },
  {
    title: "an unknown target",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr, target: ap }
targets:
  app: { type: scim, baseUrl: x, token: { env: T } }
`,
    expected: ['4:32: connections.staff.target: expected a target (app), got "ap"'],
  },
  {
    title: "an unknown mode",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    mode: dryrun
`,
    expected: [
      '6:11: connections.staff.mode: expected sync or dry-run, got "dryrun", did you mean "dry-run"?',
    ],
  },
  {
    title: "a truth value of YAML 1.1",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy:
      groups: { push: yes }
`,
    expected: ['7:23: connections.staff.policy.groups.push: expected true or false, got "yes"'],
  },
  {
    title: "an unknown policy",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy: { whenDisabled: delete }
`,
    expected: ['6:29: connections.staff.policy.whenDisabled: expected deactivate or keep, got "delete"'],
  },
  {
    title: "a misspelt policy key",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy: { whenDisable: keep }
`,
    expected: ['6:15: connections.staff.policy.whenDisable: unknown key, did you mean "whenDisabled"?'],
  },
  {
    title: "a percentage without the sign",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    limits: { deactivations: 5 }
`,
    expected: ["6:30: connections.staff.limits.deactivations: expected a percentage such as 5%, got 5"],
  },
  {
    title: "a percentage beyond all",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    limits: { deactivations: 500% }
`,
    expected: ['6:30: connections.staff.limits.deactivations: expected a percentage such as 5%, got "500%"'],
  },
  {
    title: "a negative number",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    limits: { neverHoldBelow: -1 }
`,
    expected: ["6:31: connections.staff.limits.neverHoldBelow: expected at least 0, got -1"],
  },
  {
    title: "a schedule of retries without an entry",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    retry: { schedule: [] }
`,
    expected: ["6:14: connections.staff.retry.schedule: expected at least one duration, got an empty list"],
  },
  {
    title: "a schedule of retries that is too quick, goes back, and waits too long",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    retry: { schedule: [30s, 6h, 2h, 31d], giveUpAfter: 60d }
`,
    expected: [
      '6:25: connections.staff.retry.schedule.0: expected at least 1m, got "30s"',
      '6:34: connections.staff.retry.schedule.2: expected no less than the one before it, got "2h"',
      '6:38: connections.staff.retry.schedule.3: expected at most 30d, got "31d"',
    ],
  },
  {
    title: "what is given up before the schedule was waited",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    retry: { giveUpAfter: 24h }
`,
    expected: [
      '6:27: connections.staff.retry.giveUpAfter: expected more than the last time of schedule, got "24h"',
    ],
  },
  {
    title: "a pilot of nobody",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    pilot: { groups: [] }
`,
    expected: [
      "6:5: connections.staff.pilot: expected at least one group or person (without a pilot, leave the key out)",
    ],
  },
  {
    title: "protect as a list of names",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    protect: [root]
`,
    expected: ["6:5: connections.staff.protect: expected a map, got a list"],
  },
  {
    title: "privilegedGroups with an empty name",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    privilegedGroups: [""]
`,
    expected: ['6:24: connections.staff.privilegedGroups.0: expected a name or an id, got ""'],
  },
  {
    title: "canary that names nobody",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    canary: {}
`,
    expected: ["6:5: connections.staff.canary: expected a user, a group, or both, got an empty map"],
  },
  {
    title: "scope.assigned by groups and by an application at once",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { assigned: { groups: [A], app: b } }
`,
    expected: ["6:14: connections.staff.scope.assigned: expected either groups or app"],
  },
  {
    title: "a period of grace for accounts that are deleted at once",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy: { whenDeleted: delete, deleteAfter: 30d }
`,
    expected: [
      '6:49: connections.staff.policy.deleteAfter: expected never, because whenDeleted is delete, got "30d": the period begins with a deactivation, so it needs whenDeleted: deactivate',
    ],
  },
  {
    title: "a period of grace in which nobody notices, and one that is none",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy: { deleteAfter: 1h }
  others:
    source: hr
    policy: { deleteAfter: later }
`,
    expected: [
      '6:28: connections.staff.policy.deleteAfter: expected at least 1d, got "1h"',
      '9:28: connections.others.policy.deleteAfter: expected never, or a duration such as 30d, got "later"',
    ],
  },
  {
    title: "a group that is linked to nothing",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    policy: { groups: { link: { Sales: "" } } }
`,
    expected: [
      '6:40: connections.staff.policy.groups.link.Sales: expected the id or name of a group at the target, got ""',
    ],
  },
  {
    title: "an unknown class to include",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { include: [robot] }
`,
    expected: [
      '6:24: connections.staff.scope.include.0: expected robots or guests, got "robot", did you mean "robots"?',
    ],
  },
  {
    title: "a scope rule that does not parse",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { users: "user.enabled &&" }
`,
    expected: [
      "6:37: connections.staff.scope.users: not a valid expression: unexpected token: the end of the expression",
    ],
  },
  {
    title: "a scope rule of an unknown attribute",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope:
      users: user.enabled && user.titel == "x"
`,
    expected: ['7:35: connections.staff.scope.users: unknown attribute "titel", did you mean "title"?'],
  },
  {
    title: "a scope rule that is no condition",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { users: user.title }
`,
    expected: [
      "6:21: connections.staff.scope.users: expected a condition (true or false), but the expression gives string",
    ],
  },
  {
    title: "a scope rule with a wrong type",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { users: user.level == "3" }
`,
    expected: ["6:21: connections.staff.scope.users: cannot compute int == string"],
  },
  {
    title: "a rule about users where groups are meant",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { groups: user.enabled }
`,
    expected: [
      '6:22: connections.staff.scope.groups: "user" is not known here, this is about a group: group.<name>',
    ],
  },
  {
    title: "a scope rule in quotes, with the caret inside",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope: { users: 'user.mail == "it''s" && user.enabeld' }
`,
    expected: ['6:51: connections.staff.scope.users: unknown attribute "enabeld", did you mean "enabled"?'],
  },
  {
    title: "a scope rule over several lines",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    scope:
      users: |
        user.enabled &&
          user.titel == "x"
`,
    expected: ['9:16: connections.staff.scope.users: unknown attribute "titel", did you mean "title"?'],
  },
  {
    title: "a mapping file that is not there",
    yaml: `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff:
    source: hr
    mapping: nowhere.yaml
`,
    expected: [
      "6:14: connections.staff.mapping: expected a mapping file, but <folder>/nowhere.yaml does not exist",
    ],
  },
  {
    title: "two mistakes in two files",
    yaml: `evry: 1m
sources:
  hr: { type: hr, ulr: x, password: { env: P } }
connections:
  staff:
    source: hr
    mapping: mapping.yaml
`,
    mapping: `extends: default
users:
  attributes:
    title: user.titel
`,
    expected: [
      'mapping.yaml:4:17: users.attributes.title: unknown attribute "titel", did you mean "title"?',
      '1:1: evry: unknown key, did you mean "every"?',
      "3:3: sources.hr.url: expected text, got nothing",
      '3:19: sources.hr.ulr: unknown key, did you mean "url"?',
    ],
  },
];
