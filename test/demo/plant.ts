import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCompany, type Person } from "../lab/people.ts";
import { expectedDirectory } from "../lab/people-expected.ts";
import { COMPANY_DN, companyLdif, personDn } from "../lab/people-ldif.ts";
import { type DomainController, startDomainController } from "../lab/samba.ts";
import type { Truth } from "./truth.ts";

/** Contoso's factories: an Active Directory domain on a real domain controller, filled with names as import scripts fear them. */
const company = createCompany({ seed: 7, people: 2060, groups: 30, largeGroup: 2000 });

const newcomer = { name: "Mira O'Hara", login: "mira.o'hara@lab.example" } as const;
const newName = "ada.newname@lab.example";

export interface Plant {
  readonly people: number;
  readonly groups: number;
  readonly url: string;
  /** The source and the connection, as they stand in the configuration. */
  readonly source: string;
  readonly connection: string;
  /** What happens there on the day of changes, in words; and it happens. */
  readonly changesInWords: readonly string[];
  change(): Promise<void>;
  /** Who may log in right now. */
  truth(): Truth;
  stop(): Promise<void>;
}

/** Starts the domain controller, and makes the account that Rollcall reads with; its password goes into `folder`. */
export async function startPlant(folder: string): Promise<Plant> {
  const controller = await startDomainController({ ldif: companyLdif(company) });
  try {
    return await furnished(controller, folder);
  } catch (error) {
    await controller.stop();
    throw error;
  }
}

async function furnished(controller: DomainController, folder: string): Promise<Plant> {
  await formerEmployee(controller);
  const account = await controller.createServiceAccount({
    name: "rollcall",
    directoryChanges: true,
    deletedObjects: true,
  });
  await writeFile(join(folder, "ad-password"), account.password, { mode: 0o600 });
  const cast = castOf();
  let changed = false;
  return {
    people: company.people.length,
    groups: company.teams.length,
    url: controller.url,
    source: `  ad:
    type: active-directory
    url: ${controller.url}
    baseDn: ${controller.baseDn}
    bindDn: ${account.dn}
    bindPassword: { file: ../ad-password }
    ca: { file: ${controller.ca} }
`,
    connection: `  plant:
    source: ad
    scope:
      users: user.distinguishedName.endsWith(",${COMPANY_DN}")
      groups: group.distinguishedName.endsWith(",${COMPANY_DN}")
`,
    changesInWords: [
      `joins     ${newcomer.login}`,
      `marries   ${cast.renamed.upn} is now ${newName}`,
      `disabled  ${cast.disabled.upn}`,
      `deleted   ${cast.deleted.upn}`,
    ],
    change: async () => {
      await controller.ldapmodify(changesInLdif(cast));
      changed = true;
    },
    truth: () => (changed ? afterTheDay(cast) : firstDay()),
    stop: () => controller.stop(),
  };
}

function firstDay(): Truth {
  const { users, groups } = expectedDirectory(company);
  return {
    active: users.map(({ userName }) => userName).toSorted(),
    groups: new Map(groups.map(({ displayName, members }) => [displayName, members])),
  };
}

function afterTheDay({ renamed, disabled, deleted }: Cast): Truth {
  const { active, groups } = firstDay();
  const gone = [disabled.upn, deleted.upn];
  const now = (names: readonly string[]): readonly string[] =>
    names
      .filter((name) => !gone.includes(name))
      .map((name) => (name === renamed.upn ? newName : name))
      .toSorted();
  return {
    active: [...now(active), newcomer.login].toSorted(),
    groups: new Map([...groups].map(([name, members]) => [name, now(members)])),
  };
}

interface Cast {
  readonly renamed: Person;
  readonly disabled: Person;
  readonly deleted: Person;
}

/** People of whom the story has something to tell: enabled, with a login name, and everyday names. */
function castOf(): Cast {
  const [renamed, disabled, deleted] = company.people.filter(
    (person) =>
      person.index > 40 && !person.disabled && person.upn !== undefined && person.expires === undefined,
  );
  if (renamed === undefined || disabled === undefined || deleted === undefined)
    throw new Error("the company has too few people for the story");
  return { renamed, disabled, deleted };
}

function changesInLdif({ renamed, disabled, deleted }: Cast): string {
  const change = (dn: string, lines: readonly string[]) => [`dn:: ${base64(dn)}`, ...lines, ""].join("\n");
  return [
    change(`CN=${newcomer.name},OU=London,${COMPANY_DN}`, [
      "changetype: add",
      "objectClass: user",
      "sAMAccountName: mira.ohara",
      `userPrincipalName: ${newcomer.login}`,
      "givenName: Mira",
      "sn: O'Hara",
      `displayName: ${newcomer.name}`,
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
  ].join("\n");
}

/** Somebody who left long ago: whether an account may see deletions shows only where there are any. */
async function formerEmployee(controller: DomainController): Promise<void> {
  const dn = `CN=Former Employee,CN=Users,${controller.baseDn}`;
  await controller.ldapmodify(`dn: ${dn}\nobjectClass: user\nsAMAccountName: former\n`);
  await controller.ldapmodify(`dn: ${dn}\nchangetype: delete\n`);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
