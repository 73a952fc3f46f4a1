"""Changes what one account may see in the lab's domain, on the database file (beside a running server too).

access.py DATABASE SMB_CONF DN replicate   grants "Replicating Directory Changes" on the domain
access.py DATABASE SMB_CONF DN deleted     lets it read Deleted Objects, as dsacls does on Windows
access.py DATABASE SMB_CONF DN blind       denies listing what lies in any container or organizational unit
access.py DATABASE SMB_CONF DN mail        denies reading everybody's e-mail address

An inherited denial would lose against what containers and people allow explicitly, hence one explicit denial each.
"""

import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
MAIL = "bf967961-0de6-11d0-a285-00aa003049e2"
PARENTS = "(|(objectClass=domain)(objectClass=container)(objectClass=organizationalUnit)(objectClass=builtinDomain))"


def main(database: str, conf: str, dn: str, change: str) -> None:
    lp = LoadParm(filename_for_non_global_lp=conf)
    samdb = SamDB(database, session_info=system_session(lp), lp=lp)
    found = samdb.search(base=dn, scope=ldb.SCOPE_BASE, attrs=["objectSid"])
    sid = ndr_unpack(security.dom_sid, found[0]["objectSid"][0])
    descriptors = SDUtils(samdb)
    if change == "replicate":
        descriptors.dacl_add_ace(samdb.domain_dn(), f"(OA;;CR;{GET_CHANGES};;{sid})")
    elif change == "deleted":
        container = ldb.Dn(samdb, "CN=Deleted Objects," + samdb.domain_dn())
        rights, mark, audit = descriptors.get_sd_as_sddl(container, controls=["show_deleted:1"]).partition("S:AI")
        controls = ["show_deleted:1", "sd_flags:1:4"]
        descriptors.modify_sd_on_dn(container, f"{rights}(A;;RPLC;;;{sid}){mark}{audit}", controls=controls)
    elif change == "mail":
        for person in samdb.search(base=samdb.domain_dn(), expression="(mail=*)", attrs=["dn"]):
            descriptors.dacl_add_ace(str(person.dn), f"(OD;;RP;{MAIL};;{sid})")
    else:
        for parent in samdb.search(base=samdb.domain_dn(), expression=PARENTS, attrs=["dn"]):
            descriptors.dacl_add_ace(str(parent.dn), f"(D;;RPLC;;;{sid})")


main(*sys.argv[1:])
