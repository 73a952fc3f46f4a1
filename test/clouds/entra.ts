import { type EntraTenant, startEntraTenant, type TenantOptions } from "../stand-ins/entra/tenant.ts";
import type { Cloud } from "./bad-day.ts";
import type { Sections, Site } from "./site.ts";

/** A tenant by the clock of a site. */
export async function entraFor(site: Site, options: TenantOptions = {}): Promise<EntraTenant> {
  return await startEntraTenant({ now: site.clock.now, loginNow: site.clock.now, ...options });
}

/** The tenant in the configuration, with the secret in a file. */
export function entraSection(site: Site, tenant: EntraTenant, more: Sections = {}): Sections {
  return {
    type: "entra",
    tenantId: tenant.tenantId,
    clientId: tenant.clientId,
    clientSecret: { file: site.secret("secret", tenant.clientSecret) },
    endpoints: { login: tenant.loginUrl, graph: tenant.graphUrl },
    ca: { file: tenant.caFile },
    ...more,
  };
}

/** What an administrator does in a tenant. */
export function entraCloud(site: Site, tenant: EntraTenant): Cloud {
  return {
    source: (more) => entraSection(site, tenant, more),
    create: (login) => tenant.createUser({ userPrincipalName: `${login}@contoso.example` }),
    retitle: (id, jobTitle) => tenant.updateUser(id, { jobTitle }),
    disable: (id) => tenant.disable(id),
    delete: (id) => tenant.softDelete(id),
    createGroup: (displayName, members) => tenant.createGroup({ displayName }, members),
    leave: (group, member) => tenant.removeMember(group, member),
    stop: () => tenant.stop(),
  };
}
