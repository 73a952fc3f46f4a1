"""Provisions the lab's domain: the folder given as the only argument becomes a Samba AD domain that any copy can serve.

Run with the system's own Python (/usr/bin/python3), the one that Debian's python3-samba is installed for. System volume
ACLs are left out: nothing here serves files, and without them no root and no samba-vfs-modules are needed.
"""

import logging
import os
import sys

from samba import dsdb
from samba.auth import system_session
from samba.provision import provision


def main(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    conf = os.path.join(folder, "etc", "smb.conf")
    os.makedirs(os.path.dirname(conf), exist_ok=True)
    open(conf, "w").close()
    provision(
        logging.getLogger("provision"),
        system_session(),
        smbconf=conf,
        targetdir=folder,
        realm="LAB.EXAMPLE",
        domain="LAB",
        hostname="DC1",
        adminpass=os.environ["LAB_ADMIN_PASSWORD"],
        serverrole="active directory domain controller",
        dns_backend="NONE",
        skip_sysvolacl=True,
        useeadb=True,
        dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2,
        use_rfc2307=False,
    )


main(sys.argv[1])
