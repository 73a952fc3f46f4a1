import { missingSambaPackages, provisionedDomain } from "./samba-domain.ts";

/** Before the first lab test of a run: the domain is provisioned once, so that workers only copy it. */
export default async function setup(): Promise<void> {
  const missing = missingSambaPackages();
  if (missing.length > 0) {
    throw new Error(`the lab tests need Samba: apt-get install --no-install-recommends ${missing.join(" ")}`);
  }
  await provisionedDomain();
}
