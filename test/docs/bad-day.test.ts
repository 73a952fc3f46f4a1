import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BadDay } from "./bad-day.ts";

process.env["TZ"] = "UTC";

const file = new URL("../../docs/bad-day.md", import.meta.url);

const given = ["Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo", "Ines", "Jan"];
const family = ["Adler", "Brandt", "Costa", "Dubois", "Ekberg", "Fuchs", "Grimes", "Horvat"];
const offices = ["Dublin", "Dublin", "Dublin", "Cork"];

interface Person {
  readonly id: string;
  readonly login: string;
  readonly department: string;
  readonly office: string;
}

/** Eighty people in four departments and two offices. */
function contoso({ tenant }: BadDay): readonly Person[] {
  return family.flatMap((surname, at) =>
    given.map((first, n) => {
      const login = `${first}.${surname}`.toLowerCase();
      const department = ["Sales", "Support", "Finance", "Research"][(at + n) % 4] ?? "";
      const office = offices[(at * 3 + n) % offices.length] ?? "";
      const address = `${login}@contoso.example`;
      const names = { givenName: first, surname, displayName: `${first} ${surname}` };
      const rest = { userPrincipalName: address, mail: address, department, officeLocation: office };
      return { id: tenant.createUser({ ...names, ...rest }), login, department, office };
    }),
  );
}

const scope = (departments: string) => `    scope:\n      users: user.department in [${departments}]\n`;
const right = scope(`"Sales", "Support", "Finance", "Research"`);
const wrong = scope(`"Sales, Support, Finance, Research"`);

async function write(day: BadDay): Promise<void> {
  const people = contoso(day);
  const everybody = day.tenant.createGroup(
    { displayName: "Everybody" },
    people.map(({ id }) => id),
  );
  day.configure(right);
  const first = await day.rollcall(["sync"]);
  expect(first.code, first.screen).toBe(0);
  // That was yesterday.
  await day.clock.sleep(24 * 3_600_000, new AbortController().signal);
  expect((await day.rollcall(["sync"])).code).toBe(0);

  day.say(`# An hour of a bad day

Three things go wrong on one morning, one after the other: somebody edits the configuration and locks everybody out, or
would have; an office closes, which is right and looks just like it; and a script in the directory hits the wrong
people, so few of them that nothing stopped it. At the end an auditor asks who did what.

This is no story: a test types these command lines, at a tenant of Entra ID on this machine (a stand-in, over real
sockets), and compares what they say with this file. The clock is the test's; it stands still while a command runs,
which is why everything takes 0 ms. Contoso has 80 people, all of them with an account in the application.`);

  day.at(9, 0, "a wrong edit");
  day.say(`Anna tidies the scope up, and puts the quotation marks in the wrong place:

\`\`\`yaml
scope:
  users: user.department in ["Sales, Support, Finance, Research"]
\`\`\`

That is valid, and nobody at all is in that department. The next cycle reads nothing new, but the edit takes the account
away from everybody. It does not happen.`);
  day.configure(wrong);
  expect(await day.type(["sync"])).toBe(3);
  day.say("What is held, and whom it would hit:");
  await day.type(["held", "list", "--limit", "4"]);
  day.say(
    "A no is kept with name and reason. Then Anna puts the file right, and a plan shows that nothing is left of it.",
  );
  expect(
    await day.type(["held", "reject", "configuration", "--reason", "typo in the scope, put right"]),
  ).toBe(0);
  day.configure(right);
  expect(await day.type(["plan"])).toBe(0);

  day.at(9, 20, "an office closes");
  day.say(`In Cork everybody has their last day. Human resources block 20 accounts in Entra ID within minutes. For Rollcall
that looks no better than the mistake before: 20 of 80 people are more than the limit, so all of them wait.`);
  for (const { id, office } of people) if (office === "Cork") day.tenant.disable(id);
  expect(await day.type(["sync"])).toBe(3);
  day.clock.set(9, 26);
  day.say(
    "This time it is right. Six minutes later Anna has the list from human resources, compares it, and says yes, with the reason.",
  );
  expect(
    await day.type(["held", "approve", "deactivations", "--reason", "Cork closes, HR list of 24 Nov"]),
  ).toBe(0);
  expect(await day.type(["sync"])).toBe(0);

  day.at(9, 40, "a script hits the wrong people");
  day.say(`A script in the directory is to block three leavers and catches six people of Finance with them, and takes them out
of the group on the way. Nine people are too few for any limit: that could be any Tuesday. The cycle does what the
directory says.`);
  const inDublin = people.filter(({ office }) => office === "Dublin");
  const leavers = inDublin.filter(({ department }) => department === "Sales").slice(0, 3);
  const wronged = inDublin.filter(({ department }) => department === "Finance").slice(0, 6);
  for (const { id } of [...leavers, ...wronged]) day.tenant.disable(id);
  for (const { id } of wronged) day.tenant.removeMember(everybody, id);
  expect(await day.type(["sync"])).toBe(0);
  day.say(`The telephone rings at once. An undo puts back what a run changed, as far as nobody changed it since. First it is only
shown:`);
  day.clock.set(9, 44);
  const run = lastRun(await day.rollcall(["log", "--limit", "1"]));
  expect(await day.type(["undo", String(run)])).toBe(0);
  day.say(
    "That is what they want back, leavers included: those are switched off again in a moment, one by one.",
  );
  expect(await day.type(["undo", String(run), "--yes", "--reason", "the script hit Finance"])).toBe(0);
  day.say(`Everybody of Finance can work again. The directory still says otherwise, and the next cycle knows that this was
undone, by whom and why: it does not do it again, and these changes count toward no limit.`);
  expect(await day.type(["sync"])).toBe(0);
  day.say(`The three real leavers are let through by name. The others are put right in the directory, some time this morning; with
that, nothing is left to be held back.`);
  const names = leavers.flatMap(({ login }) => ["--only", `${login}@contoso.example`]);
  expect(await day.type(["held", "approve", ...names, "--reason", "left today"])).toBe(0);
  day.clock.set(9, 50);
  for (const { id } of wronged) {
    day.tenant.enable(id);
    day.tenant.addMember(everybody, id);
  }
  expect(await day.type(["sync"])).toBe(0);

  day.at(10, 0, "the auditor");
  day.say("Who decided what, why, and what came of it:");
  expect(await day.type(["report", "approvals"])).toBe(0);
  day.say(
    "Who left today, how long it took until the application had switched them off, and who still has access:",
  );
  expect(await day.type(["report", "leavers", "--since", "12h", "--limit", "6"])).toBe(0);
  day.say("Everything that was written stands in the audit trail, each line chained to the one before:");
  expect(await day.type(["log", "verify"])).toBe(0);
  day.say(
    `The reports are also there as JSON (\`--json\`) and for a spreadsheet (\`--csv FILE\`), with everybody in them.`,
  );
}

function lastRun({ screen }: { readonly screen: string }): number {
  return Number(/run (\d+)/.exec(screen)?.[1]);
}

test("docs/bad-day.md is what these command lines say", async () => {
  await using day = await BadDay.begin();
  await write(day);
  if (process.env["UPDATE"] === "1") writeFileSync(file, day.text);
  expect(readFileSync(file, "utf8"), "UPDATE=1 writes it").toBe(day.text);
}, 120_000);
