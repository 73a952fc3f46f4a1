// Prints "N passed, N failed, N skipped" from vitest's JSON report and exits by it. A run that failed beside the tests (a check, a
// file that does not load, a report that was never written) counts as one failure. So does a skipped test, unless its title
// says "[left out: why]": what a server of others cannot do is declared, everything else has to run here.
import { readFileSync } from "node:fs";

const [file, status] = process.argv.slice(2);
const tests = read(file).testResults?.flatMap((one) => one.assertionResults) ?? [];
const passed = tests.filter((one) => one.status === "passed").length;
const failing = tests.filter((one) => one.status === "failed").length;
const skipped = tests.filter((one) => one.status !== "passed" && one.status !== "failed");
const undeclared = skipped.filter((one) => !one.title.includes("[left out: "));
for (const one of undeclared) console.log(`Skipped without a word why: ${one.fullName}`);

const elsewhere = failing === 0 && (status !== "0" || passed === 0 || undeclared.length > 0);
const failed = failing + (elsewhere ? 1 : 0);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(failed === 0 ? 0 : 1);

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}
