import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FirstHour } from "./first-hour.ts";

process.env["TZ"] = "UTC";

const file = new URL("../../docs/first-hour.md", import.meta.url);

const given = ["Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo"];
const family = ["Adler", "Brandt", "Costa", "Dubois", "Ekberg"];
const departments = ["Sales", "Support", "Finance"];

/** Forty people in three departments; ten of those in sales and support have an account already, made by hand. */
function contoso({ tenant, app }: FirstHour): void {
  const people = family.flatMap((surname, at) =>
    given.map((first, n) => {
      const login = `${first}.${surname}`.toLowerCase();
      const department = departments[(at + n) % departments.length] ?? "";
      const address = `${login}@contoso.example`;
      const names = { givenName: first, surname, displayName: `${first} ${surname}`, mailNickname: login };
      const rest = { userPrincipalName: address, mail: address, department, jobTitle: `${department} agent` };
      return { id: tenant.createUser({ ...names, ...rest }), address, department, names };
    }),
  );
  tenant.createGroup(
    { displayName: "app-agents" },
    people.map(({ id }) => id),
  );
  const known = people.filter(({ department }) => department !== "Finance").slice(0, 10);
  const account = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], active: true };
  for (const { address, names } of known)
    app.store.create("Users", { ...account, userName: address, displayName: names.displayName });
  app.store.create("Users", { ...account, userName: "billing-robot" });
}

const mapping = (displayName: string) => `extends: default
users:
  attributes:
    displayName: ${displayName}
    nickName: { value: user.mailNickname, write: onCreate }
tests:
  - given: { userPrincipalName: Ann@contoso.example, givenName: Ann, surname: Adler, accountEnabled: true }
    expect: { displayName: ${displayName.includes('", "') ? '"Adler, Ann"' : "Ann Adler"} }
`;

const firstName = 'join(" ", [user.givenName, user.surname])';
const lastName = 'join(", ", [user.surname, user.givenName])';

async function write(hour: FirstHour): Promise<void> {
  const { tenant, app } = hour;
  contoso(hour);
  const clientSecret = hour.secret("client-secret", tenant.clientSecret);
  const token = hour.secret("app-token", app.token);
  const staff = join(hour.folder, "staff.yaml");

  hour.say(`# The first hour

Anna has an application that speaks SCIM, and people in Entra ID. Some of them have an account in the application already,
made by hand. In an hour all of them have one, kept up by the directory from then on, and nothing happened that she did
not see before.

This is no story: a test types these command lines, at a tenant of Entra ID and an application that are stand-ins on this
machine, over real sockets, and compares what they say with this file. The clock is the test's and stands still while a
command runs. How a directory lets Rollcall read it is in the README.`);

  hour.at(9, 0, "a first configuration");
  hour.say(
    `The secrets lie in two files of mode 600. Everything else is a flag, or is asked for on a terminal:`,
  );
  expect(
    await hour.type([
      ...["init", "--source", "entra", "--tenant-id", tenant.tenantId, "--client-id", tenant.clientId],
      ...["--client-secret-file", clientSecret, "--target", "scim", "--scim-url", app.baseUrl],
      ...["--scim-token-file", token, "--state", join(hour.folder, "state")],
    ]),
  ).toBe(0);
  hour.pointToStandIns();
  hour.say("The file that it wrote:");
  hour.show();

  hour.at(9, 6, "who, and as what");
  hour.say(`Sales and support use the application. Anna wants other display names than the default mapping gives, and a nick name for
new accounts. She types that in, into the connection and into a mapping file beside it:

\`\`\`yaml
scope:
  users: user.departmnt in ["Sales", "Support"]
mapping: ./staff.yaml
\`\`\`

\`\`\`yaml
extends: default
users:
  attributes:
    displayName: jion(" ", [user.givenName, user.surname])
    nickName: { value: user.mailNickName, write: onCreate }
\`\`\`

Before anybody is asked, everything that is wrong is said at once, with where it stands and what was probably meant:`);
  const rule = 'user.departmnt in ["Sales", "Support"]';
  hour.edit(
    /^ {4}# Who is[\s\S]*?# {3}groups:.*$/m,
    `    scope:\n      users: ${rule}\n    mapping: ./staff.yaml`,
  );
  writeFileSync(
    staff,
    mapping(firstName.replace("join", "jion"))
      .replace("mailNickname", "mailNickName")
      .replace(/tests:[\s\S]*/, ""),
  );
  expect(await hour.type(["validate"])).toBe(2);
  hour.say(
    `Three slips of the keyboard. She mends them, and writes down beside the mapping what she expects of it, which \`validate\`\nchecks from now on:`,
  );
  hour.edit("departmnt", "department");
  writeFileSync(staff, mapping(firstName));
  hour.say(`\`\`\`yaml\n${mapping(firstName).trimEnd()}\n\`\`\``);
  expect(await hour.type(["validate"])).toBe(0);

  hour.at(9, 12, "does it get in, on both sides?");
  hour.say("Logs in to both, checks what the account may read, and maps one person. Nothing is written:");
  expect(await hour.type(["test"])).toBe(0);

  hour.at(9, 15, "who is there?");
  hour.say("The whole directory beside the whole application, before anything is planned:");
  expect(await hour.type(["survey"])).toBe(0);

  hour.at(9, 20, "what would happen?");
  hour.say(`Ten accounts were made by hand. Somebody with the same name could be somebody else, so a first run that finds accounts
writes nothing before a person has looked:`);
  expect(await hour.type(["plan", "--limit", "3"])).toBe(3);
  hour.say("Each with what it was found by, what it would get, and what it costs to wait:");
  expect(await hour.type(["held", "show", "adoptions", "--limit", "2"])).toBe(0);
  hour.say("They are the right ones. The yes is kept with her name and the reason:");
  expect(
    await hour.type([
      "held",
      "approve",
      "adoptions",
      "--reason",
      "checked against the list of the application",
    ]),
  ).toBe(0);

  hour.at(9, 30, "the first sync");
  expect(await hour.type(["sync"])).toBe(0);
  hour.say("Nothing is left to do, and a second one does nothing:");
  expect(await hour.type(["sync"])).toBe(0);

  hour.at(9, 40, "an edit, and what it would do");
  hour.say(`The application sorts people by display name, so the surname is to come first. Anna edits the mapping, and while she is
at it she types the departments anew, one of them wrong:

\`\`\`yaml
displayName: ${lastName}
\`\`\`

\`\`\`yaml
users: user.department in ["Sales", "Finance"]
\`\`\`

\`plan --offline\` asks nobody: it holds the edited files against what was read last, and begins with what the edit does.`);
  writeFileSync(staff, mapping(lastName));
  hour.edit('"Sales", "Support"', '"Sales", "Finance"');
  expect(await hour.type(["plan", "--offline", "--limit", "2"])).toBe(3);
  hour.say("That is not what she meant. She puts the departments right:");
  hour.edit('"Sales", "Finance"', '"Sales", "Support"');
  expect(await hour.type(["plan", "--offline", "--limit", "2"])).toBe(0);
  hour.say("Only the names are left of it, and that is right:");
  expect(await hour.type(["sync"])).toBe(0);

  hour.at(9, 50, "why?");
  hour.say(`Dan from support calls: where does the application have all this from? Everything that is known of one person, from the
directory to the account, with the rule that let him in, the row that gave each value and what it read, and what was
done and when:`);
  expect(await hour.type(["explain", "dan.brandt@contoso.example"])).toBe(0);
  hour.say("And somebody who is not in:");
  expect(await hour.type(["explain", "cleo.adler"])).toBe(0);

  hour.at(10, 0, "by itself");
  hour.say(`From here on \`rollcall daemon\` does this every 40 minutes, and \`rollcall status --watch\` shows how it goes. What happens
when somebody makes a mistake, here or in the directory, is told by [an hour of a bad day](bad-day.md).`);
  expect(await hour.type(["status"])).toBe(0);
}

test("docs/first-hour.md is what these command lines say", async () => {
  await using hour = await FirstHour.begin();
  await write(hour);
  if (process.env["UPDATE"] === "1") writeFileSync(file, hour.text);
  expect(readFileSync(file, "utf8"), "UPDATE=1 writes it").toBe(hour.text);
}, 120_000);
