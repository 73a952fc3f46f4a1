/** All rows of the benchmark, in the order of the table. */
import type { Row } from "./row.ts";
import { fewChanges, idleCycle } from "./rows/delta-cycles.ts";
import { directoryByLdap } from "./rows/directory-by-ldap.ts";
import { editedMapping } from "./rows/edited-mapping.ts";
import { firstSyncEmbedded } from "./rows/first-sync-embedded.ts";
import { firstSyncOverHttp } from "./rows/first-sync-over-http.ts";
import { changedRead, fullRead, membershipsRead } from "./rows/full-read.ts";
import { largeGroup } from "./rows/large-group.ts";
import { nestedGroups } from "./rows/nested-groups.ts";
import { versionAndStatus } from "./rows/version-and-status.ts";

export const rows: readonly Row[] = [
  idleCycle,
  fewChanges,
  fullRead,
  membershipsRead,
  changedRead,
  directoryByLdap,
  firstSyncOverHttp,
  firstSyncEmbedded,
  largeGroup,
  editedMapping,
  versionAndStatus,
  nestedGroups,
];
