import { userName } from "./control-accounts.ts";
import type { RunRequest } from "./control-requests.ts";

/**
 * Who asks, for the audit trail: "ann" where it is shown by the owner of a file, and what is only said stands behind it as a claim,
 * as that of SUDO_USER does: "root (claimed: ann)", "unknown (claimed: ann)".
 */
export async function actorOf(
  { user, sudoUser }: Pick<RunRequest, "user" | "sudoUser">,
  uid: number | undefined,
): Promise<string> {
  if (uid === undefined) return `unknown (claimed: ${sudoUser ?? user})`;
  const name = (await userName(uid)) ?? `user ${uid}`;
  return sudoUser === undefined || sudoUser === name ? name : `${name} (claimed: ${sudoUser})`;
}
