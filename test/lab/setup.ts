import { debianRoot, whyNoMachines } from "./debian-root.ts";
import { provisionedDomain, whyNoDomainController } from "./samba-domain.ts";

/** Before the first lab test of a run: the domain, and the machine to install on, are made once, so that workers only copy them. */
export default async function setup(): Promise<void> {
  const why = whyNoDomainController();
  if (why !== undefined) throw new Error(`the lab tests need a domain controller, and ${why}`);
  await provisionedDomain();
  if (whyNoMachines() === undefined) await debianRoot();
}
