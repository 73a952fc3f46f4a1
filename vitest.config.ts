import { defineConfig } from "vitest/config";
import { whyNoDomainController } from "./test/lab/samba-domain.ts";

const why = process.env["CI"] === "true" ? undefined : whyNoDomainController();

// Said once, by the process that starts the others.
if (why !== undefined && process.env["VITEST_WORKER_ID"] === undefined) {
  console.log(`Skipped: all *.lab.test.ts, because ${why}`);
}

/** Tests that need what they load for themselves. */
const apart = ["test/sources/{entra,okta}/**/*.test.ts", "test/clouds/**/*.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    // Two cores are what the smallest machine that builds this has; a domain controller takes its share.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // Half of the time of a small file goes into loading what the file before had loaded already.
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/**/*.lab.test.ts", ...apart],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // The vendors' libraries remember addresses, tokens and proxies for as long as they are loaded.
          name: "apart",
          include: apart,
          exclude: ["**/node_modules/**", "test/**/*.lab.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // Tests on a real domain controller. In CI they are never left out: the set-up fails there without Samba.
          name: "lab",
          include: why !== undefined ? [] : ["test/**/*.lab.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: ["test/lab/setup.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
