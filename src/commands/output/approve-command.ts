import type { HoldClass } from "../../store/holds.ts";

/** What to type to let a hold through. By class, which stays, while the number is another one after each approval; `connection` where several exist. */
export function approveCommand(hold: { readonly class: HoldClass }, connection: string | undefined): string {
  const where = connection === undefined ? "" : ` --connection ${connection}`;
  return `rollcall held approve ${hold.class}${where} --reason "..."`;
}
