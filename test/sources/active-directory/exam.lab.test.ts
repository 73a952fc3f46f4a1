import { afterAll, beforeAll } from "vitest";
import { type DomainController, startDomainController } from "../../lab/samba.ts";
import { examineSource } from "../exam.ts";
import { SambaWorld } from "./samba-world.ts";

let dc: DomainController;

beforeAll(async () => {
  dc = await startDomainController();
});

afterAll(async () => {
  await dc?.stop();
});

examineSource("Active Directory by DirSync", async () => new SambaWorld(dc, await dc.adminClient()));

examineSource("Active Directory by uSNChanged", async () => {
  const { dn, password } = await dc.createServiceAccount();
  const baseDn = `OU=Ordinary,${dc.baseDn}`;
  await dc.ldapmodify(`dn: ${baseDn}\nobjectClass: organizationalUnit\n`);
  // An ordinary account sees no tombstones.
  return new SambaWorld(dc, await dc.adminClient(), { bindDn: dn, password, baseDn, tellsDeletions: false });
});
