"""Lets one account read Deleted Objects, as dsacls does on Windows; on the database file, beside a running server too.

deleted-objects.py DATABASE SMB_CONF ACCOUNT_DN
"""

import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils


def main(database: str, conf: str, account: str) -> None:
    lp = LoadParm(filename_for_non_global_lp=conf)
    samdb = SamDB(database, session_info=system_session(lp), lp=lp)
    found = samdb.search(base=account, scope=ldb.SCOPE_BASE, attrs=["objectSid"])
    sid = ndr_unpack(security.dom_sid, found[0]["objectSid"][0])
    container = ldb.Dn(samdb, "CN=Deleted Objects," + samdb.domain_dn())
    descriptors = SDUtils(samdb)
    rights, mark, audit = descriptors.get_sd_as_sddl(container, controls=["show_deleted:1"]).partition("S:AI")
    descriptors.modify_sd_on_dn(
        container,
        f"{rights}(A;;RPLC;;;{sid}){mark}{audit}",
        controls=["show_deleted:1", "sd_flags:1:4"],
    )


main(*sys.argv[1:])
