/** All rows of the benchmark, in the order of the table. */
import type { Row } from "./row.ts";
import { directoryByLdap } from "./rows/directory-by-ldap.ts";
import { versionAndStatus } from "./rows/version-and-status.ts";

export const rows: readonly Row[] = [directoryByLdap, versionAndStatus];
