/** The story that `npm run demo` tells: a company in a real Active Directory, a first sync, a day of changes, a second sync. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import type { Io } from "../../src/commands/invocation.ts";
import { createCompany, type Person } from "../lab/people.ts";
import { companyLdif, personDn, teamDn } from "../lab/people-ldif.ts";
import { type DomainController, startDomainController } from "../lab/samba.ts";

type Rollcall = (argv: readonly string[], io: Io) => Promise<number>;

const company = createCompany({ seed: 7, people: 2060, groups: 30, largeGroup: 2000 });

/** Exit code 0 when every command of the story did what the story says. */
export async function demo(io: Io, rollcall: Rollcall): Promise<number> {
  const began = Date.now();
  const folder = await mkdtemp(join(tmpdir(), "rollcall-demo-"));
  let controller: DomainController | undefined;
  try {
    chapter(io, "A domain controller", [
      `Starting a real Active Directory domain controller (Samba) with ${company.people.length} people and ${company.teams.length} groups:`,
      "unicode and apostrophes in names, disabled people, groups in groups, one group of 2,000.",
    ]);
    controller = await startDomainController({ ldif: companyLdif(company) });
    say(io, `It answers at ${controller.url} after ${seconds(began)}.`);
    const config = await writeConfig(folder, controller);
    await tell(io, rollcall, config, controller);
    const total = seconds(began);
    chapter(io, "The end", [
      `That was ${total}, on real servers. Now with your own directory: rollcall init`,
    ]);
    return 0;
  } catch (error) {
    if (!(error instanceof StoryStopped)) throw error;
    io.stderr.write(`demo: ${error.message}\n`);
    return 1;
  } finally {
    await controller?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

class StoryStopped extends Error {}

async function tell(io: Io, rollcall: Rollcall, config: string, controller: DomainController): Promise<void> {
  const type = async (...argv: readonly string[]) => {
    io.stdout.write(`\n${paint(io, "bold", `$ rollcall ${argv.map(quoted).join(" ")}`)}\n`);
    const code = await rollcall([...argv, "--config", config], io);
    if (code !== 0) throw new StoryStopped(`"rollcall ${argv.join(" ")}" ended with exit code ${code}`);
  };
  chapter(io, "Is everything there?", [
    "Logs in to both sides, looks at certificate and permissions, maps one person; writes nothing.",
  ]);
  await type("test");
  chapter(io, "What would happen", [
    "A plan reads the directory and writes nothing. Everything that a sync would do can be read first.",
  ]);
  await type("plan", "--limit", "3");
  chapter(io, "The first sync", ["Into the embedded directory; any SCIM 2.0 service would do as well."]);
  await type("sync");
  const cast = castOf();
  chapter(io, "A day passes in Active Directory", changesInWords(cast));
  await controller.ldapmodify(changesInLdif(cast));
  await type("plan");
  chapter(io, "The second sync", [
    "The plan has read what changed and remembers it; the sync reads only what came since, and writes only that.",
  ]);
  await type("sync");
  chapter(io, "And once more", ["Nothing has changed, so nothing is read and nothing is written."]);
  await type("sync");
  chapter(io, "Why?", [
    "Everything that is known of one person: where from, by which rule, what was done, and what comes next.",
  ]);
  await type("explain", newName);
}

interface Cast {
  readonly renamed: Person;
  readonly disabled: Person;
  readonly deleted: Person;
  readonly moved: Person;
  readonly joining: Person;
}

/** People of whom the story has something to tell: enabled, with a login name, and everyday names. */
function castOf(): Cast {
  const [renamed, disabled, deleted, moved, joining] = company.people.filter(
    (person) =>
      person.index > 40 && !person.disabled && person.upn !== undefined && person.expires === undefined,
  );
  if (
    renamed === undefined ||
    disabled === undefined ||
    deleted === undefined ||
    moved === undefined ||
    joining === undefined
  ) {
    throw new Error("the company has too few people for the story");
  }
  return { renamed, disabled, deleted, moved, joining };
}

const newcomer = "Nora O'Neill";
const newName = "ada.newname@lab.example";
const small = company.teams.find((team) => team.people.length > 3 && team.people.length < 60);

function changesInWords({ renamed, disabled, deleted, moved, joining }: Cast): string[] {
  return [
    `joins     ${newcomer}`,
    `marries   ${renamed.upn} is now ${newName}`,
    `disabled  ${disabled.upn}`,
    `deleted   ${deleted.upn}`,
    `moves     ${moved.upn} to the unit London, and gets a new title`,
    `joins     ${joining.upn} the group "${small?.displayName ?? small?.cn}"`,
  ];
}

function changesInLdif({ renamed, disabled, deleted, moved, joining }: Cast): string {
  const unit = "OU=London,OU=Company,DC=lab,DC=example";
  const change = (dn: string, lines: readonly string[]) => [`dn:: ${base64(dn)}`, ...lines, ""].join("\n");
  const away = moved.unit === "London" ? unit.replace("London", "Berlin") : unit;
  return [
    change(`CN=${newcomer},${unit}`, [
      "changetype: add",
      "objectClass: user",
      "sAMAccountName: nora.oneill",
      "userPrincipalName: nora.o'neill@lab.example",
      "givenName: Nora",
      "sn: O'Neill",
      `displayName: ${newcomer}`,
      "mail: nora.o'neill@lab.example",
      "title: Head of Research",
      // An account without a password can be made over LDAP only if it needs none.
      "userAccountControl: 544",
    ]),
    change(personDn(renamed), [
      "changetype: modify",
      "replace: userPrincipalName",
      `userPrincipalName: ${newName}`,
      "-",
      "replace: sn",
      "sn: Newname",
      "-",
    ]),
    change(personDn(disabled), [
      "changetype: modify",
      "replace: userAccountControl",
      "userAccountControl: 514",
      "-",
    ]),
    change(personDn(deleted), ["changetype: delete"]),
    change(personDn(moved), ["changetype: modify", "replace: title", "title: Director of Moving", "-"]),
    change(personDn(moved), [
      "changetype: moddn",
      `newrdn:: ${base64(personDn(moved).split(",OU=")[0] ?? "")}`,
      "deleteoldrdn: 1",
      `newsuperior: ${away}`,
    ]),
    ...(small === undefined
      ? []
      : [
          change(teamDn(small), [
            "changetype: modify",
            "add: member",
            `member:: ${base64(personDn(joining))}`,
            "-",
          ]),
        ]),
  ].join("\n");
}

/** Somebody who left long ago: whether an account may see deletions shows only where there are any. */
async function formerEmployee(controller: DomainController): Promise<void> {
  const dn = `CN=Former Employee,CN=Users,${controller.baseDn}`;
  await controller.ldapmodify(`dn: ${dn}\nobjectClass: user\nsAMAccountName: former\n`);
  await controller.ldapmodify(`dn: ${dn}\nchangetype: delete\n`);
}

async function writeConfig(folder: string, controller: DomainController): Promise<string> {
  await formerEmployee(controller);
  const account = await controller.createServiceAccount({
    name: "rollcall",
    directoryChanges: true,
    deletedObjects: true,
  });
  const password = join(folder, "bind-password");
  await writeFile(password, account.password, { mode: 0o600 });
  const file = join(folder, "rollcall.yaml");
  const yaml = `state: ${folder}/state

sources:
  ad:
    type: active-directory
    url: ${controller.url}
    baseDn: ${controller.baseDn}
    bindDn: ${account.dn}
    bindPassword: { file: ${password} }
    ca: { file: ${controller.ca} }

connections:
  staff:
    source: ad
    scope:
      users: user.distinguishedName.endsWith(",OU=Company,DC=lab,DC=example")
      groups: group.distinguishedName.endsWith(",OU=Company,DC=lab,DC=example")
`;
  await writeFile(file, yaml);
  return file;
}

function chapter(io: Io, title: string, lines: readonly string[]): void {
  io.stdout.write(`\n${paint(io, "cyan", `── ${title} ${"─".repeat(Math.max(0, 70 - title.length))}`)}\n`);
  for (const line of lines) say(io, line);
}

function say(io: Io, line: string): void {
  io.stdout.write(`   ${line}\n`);
}

function paint(io: Io, style: "bold" | "cyan", text: string): string {
  return io.stdout.isTerminal ? styleText(style, text) : text;
}

function quoted(word: string): string {
  return /^[\w@.:/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
