import { defineConfig } from "vitest/config";
import { missingSambaPackages } from "./test/lab/samba-domain.ts";

const missing = missingSambaPackages();
const inCI = process.env["CI"] === "true";
const withoutLab = missing.length > 0 && !inCI;

if (withoutLab) {
  console.log(`Skipped: all *.lab.test.ts, for want of Samba (Debian packages ${missing.join(", ")}).`);
}

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
          include: ["test/**/*.test.ts"],
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
          include: withoutLab ? [] : ["test/**/*.lab.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: ["test/lab/setup.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
