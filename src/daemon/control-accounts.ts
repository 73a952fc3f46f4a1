/** Users and groups of this machine, by the files of passwd(5) and group(5), and by whatever else the name service asks (LDAP, SSSD). */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** The members of the first may look, those of the second may do everything. */
export const viewGroup = "rollcall-view";
export const operateGroup = "rollcall-operate";

/** A name service that hangs must not hang the daemon, ms. */
const patienceMs = 3_000;

/** The number of a group; undefined: there is none of that name. */
export async function groupId(name: string): Promise<number | undefined> {
  const entry = await entryOf("group", name, ([called]) => called === name);
  return entry === undefined ? undefined : numberOf(entry[2]);
}

/** The name of a user; undefined: nobody knows this number. */
export async function userName(uid: number): Promise<string | undefined> {
  const entry = await entryOf("passwd", String(uid), (fields) => numberOf(fields[2]) === uid);
  const name = entry?.[0];
  return name === "" ? undefined : name;
}

/** Without a file name of its own, so that no process is started for what stands in the file. */
async function entryOf(
  database: "passwd" | "group",
  key: string,
  isMeant: (fields: readonly string[]) => boolean,
): Promise<readonly string[] | undefined> {
  const own = await readFile(`/etc/${database}`, "utf8").catch(() => "");
  return find(own, isMeant) ?? find(await asked(database, key), isMeant);
}

function find(text: string, isMeant: (fields: readonly string[]) => boolean): readonly string[] | undefined {
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields.length >= 4 && isMeant(fields));
}

/** What `getent` says; nothing where it is missing or finds nothing. */
function asked(database: string, key: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("getent", [database, key], { timeout: patienceMs, maxBuffer: 1 << 20 }, (error, stdout) => {
      resolve(error === null ? stdout : "");
    });
  });
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
