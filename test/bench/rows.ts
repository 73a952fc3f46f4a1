/** All rows of the benchmark, in the order of the table. */
import type { Row } from "./row.ts";
import { versionAndStatus } from "./rows/version-and-status.ts";

export const rows: readonly Row[] = [versionAndStatus];
