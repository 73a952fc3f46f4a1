import { userInfo } from "node:os";

/** The name of the user that this process runs as. A container's user, and one that systemd makes up, may have none: then its number. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "?"}`;
  }
}
