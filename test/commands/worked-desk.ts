import { join } from "node:path";
import { Desk } from "./desk.ts";

/** A desk with two people and a group in the directory, all of them synchronised. */
export async function worked(): Promise<Desk> {
  const desk = new Desk("    policy: { existingAccounts: adopt }\n");
  desk.directory.person("ann", { title: "A" }).person("ben").group("team", ["ann"]);
  await desk.run("sync");
  return desk;
}

/** Where these tests put a desk's backup. */
export function backupOf(desk: Desk): string {
  return join(desk.folder, "backup.tar");
}

/** What `restore` is told so that it does not ask. */
export const yes = ["--yes", "--reason", "the disk died"];

/** Ann's title at the target. */
export async function titleOf(desk: Desk): Promise<unknown> {
  const target = await desk.target();
  const [found] = await target.users.find("userName", "ann@example.com", new AbortController().signal);
  await target.close();
  return found?.["title"];
}
