// Prints "N passed, N failed, N skipped" from vitest's JSON report and exits by it. A run that failed beside the tests (a check, a
// file that does not load, a report that was never written) counts as one failure, and in CI a skipped test is one too.
import { readFileSync } from "node:fs";

const [file, status] = process.argv.slice(2);
const report = read(file);
const passed = report.numPassedTests ?? 0;
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
const tests = report.numFailedTests ?? 0;
const elsewhere = tests === 0 && (status !== "0" || passed === 0 || skipped > 0);
const failed = tests + (elsewhere ? 1 : 0);

if (skipped > 0) console.log("A skipped test fails here.");
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}
