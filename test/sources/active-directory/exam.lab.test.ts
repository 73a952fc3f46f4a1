import { afterAll, beforeAll, describe } from "vitest";
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

describe.each([
  ["an ordinary account", false],
  ["an account that may read Deleted Objects", true],
])("as %s", (_, tellsDeletions) => {
  examineSource("Active Directory by uSNChanged", async () => {
    const { dn, password } = await dc.createServiceAccount();
    if (tellsDeletions) await dc.grantDeletedObjects(dn);
    const baseDn = `OU=Read by ${dn.slice(3, dn.indexOf(","))},${dc.baseDn}`;
    await dc.ldapmodify(`dn: ${baseDn}\nobjectClass: organizationalUnit\n`);
    return new SambaWorld(dc, await dc.adminClient(), { bindDn: dn, password, baseDn, tellsDeletions });
  });
});
