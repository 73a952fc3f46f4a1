/** The life of a user, and which event tells of each step. */
export type UserStatus =
  | "STAGED"
  | "PROVISIONED"
  | "ACTIVE"
  | "RECOVERY"
  | "PASSWORD_EXPIRED"
  | "LOCKED_OUT"
  | "SUSPENDED"
  | "DEPROVISIONED";

/*
 *   STAGED --> PROVISIONED --> ACTIVE <--> SUSPENDED
 *                               |  ^
 *                               v  |
 *        RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT (and from one to another)
 *
 *   any --> DEPROVISIONED --> PROVISIONED or ACTIVE, or gone
 */
const steps: Readonly<Record<UserStatus, readonly UserStatus[]>> = {
  STAGED: ["PROVISIONED", "ACTIVE", "DEPROVISIONED"],
  PROVISIONED: ["ACTIVE", "RECOVERY", "DEPROVISIONED"],
  ACTIVE: ["RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  RECOVERY: ["ACTIVE", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  PASSWORD_EXPIRED: ["ACTIVE", "RECOVERY", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  LOCKED_OUT: ["ACTIVE", "RECOVERY", "SUSPENDED", "DEPROVISIONED"],
  SUSPENDED: ["ACTIVE", "DEPROVISIONED"],
  DEPROVISIONED: ["PROVISIONED", "ACTIVE"],
};

export function mayBecome(from: UserStatus, to: UserStatus): boolean {
  return steps[from].includes(to);
}

/** Nobody has a password before the activation and after the deactivation. */
export function hasPassword(status: UserStatus): boolean {
  return status !== "STAGED" && status !== "PROVISIONED" && status !== "DEPROVISIONED";
}

/** The event types are those of the vendor's catalogue. */
export function eventOf(from: UserStatus, to: UserStatus): string {
  if (to === "DEPROVISIONED") return "user.lifecycle.deactivate";
  if (to === "SUSPENDED") return "user.lifecycle.suspend";
  if (to === "LOCKED_OUT") return "user.account.lock";
  if (to === "PASSWORD_EXPIRED") return "user.account.expire_password";
  if (to === "RECOVERY") return "user.account.reset_password";
  if (from === "SUSPENDED") return "user.lifecycle.unsuspend";
  if (from === "LOCKED_OUT") return "user.account.unlock";
  if (from === "DEPROVISIONED") return "user.lifecycle.reactivate";
  if (from === "STAGED" || from === "PROVISIONED") return "user.lifecycle.activate";
  return "user.account.update_password";
}
