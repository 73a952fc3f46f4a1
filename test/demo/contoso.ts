import type { EntraTenant } from "../stand-ins/entra/tenant.ts";
import { type Name, names } from "./names.ts";

const DEPARTMENTS = ["Sales", "Finance", "IT", "Legal", "Research"] as const;
type Department = (typeof DEPARTMENTS)[number];

/** Contoso's tenant as the story needs it: who has a part in it, and the groups by name. */
export interface Contoso {
  readonly id: (local: string) => string;
  readonly group: (department: Department) => string;
  /** Login names of everybody in Sales, in the order in which they came. */
  readonly sales: readonly string[];
}

/**
 * 240 people in five departments, each with a group and a head; a group of those groups; one account that was always off, and one
 * guest.
 */
export function fillContoso(tenant: EntraTenant): Contoso {
  const everybody = names(240, 0, true);
  const departmentOf = (index: number): Department => DEPARTMENTS[index % DEPARTMENTS.length] ?? "IT";
  const ids = new Map(
    everybody.map((name, index) => [name.local, tenant.createUser(staff(tenant, name, departmentOf(index)))]),
  );
  const id = (local: string): string => {
    const found = tenant.user(`${local}@${tenant.domain}`)?.id ?? ids.get(local);
    if (found === undefined) throw new Error(`Contoso has nobody called ${local}`);
    return found;
  };
  const groups = new Map(
    DEPARTMENTS.map((department) => {
      const members = everybody.filter((_, index) => departmentOf(index) === department);
      const [head, ...others] = members.map(({ local }) => id(local));
      for (const other of others) tenant.setManager(other, head);
      return [department, tenant.createGroup({ displayName: department }, [head ?? "", ...others])];
    }),
  );
  tenant.createGroup({ displayName: "Everybody" }, [...groups.values()]);
  tenant.createUser({ userPrincipalName: `scanner@${tenant.domain}`, accountEnabled: false });
  tenant.createUser({ userPrincipalName: "guest_elsewhere.example#EXT#@contoso.example", userType: "Guest" });
  return {
    id,
    group: (department) => groups.get(department) ?? "",
    sales: everybody.filter((_, index) => departmentOf(index) === "Sales").map(({ local }) => local),
  };
}

/** A person of Contoso as an administrator makes one. */
export function staff(
  { domain }: Pick<EntraTenant, "domain">,
  { given, surname, local }: Name,
  department: Department,
): Record<string, string> {
  return {
    userPrincipalName: `${local}@${domain}`,
    displayName: `${given} ${surname}`,
    givenName: given,
    surname,
    mail: `${local}@${domain}`,
    department,
    jobTitle: "Associate",
  };
}
