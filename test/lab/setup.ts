import { provisionedDomain, whyNoDomainController } from "./samba-domain.ts";

/** Before the first lab test of a run: the domain is provisioned once, so that workers only copy it. */
export default async function setup(): Promise<void> {
  const why = whyNoDomainController();
  if (why !== undefined) throw new Error(`the lab tests need a domain controller, and ${why}`);
  await provisionedDomain();
}
