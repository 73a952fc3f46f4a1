/** Everything that is wrong with a configuration and its mapping files, in one error. */
import { ConfigurationError } from "../errors.ts";
import { formatProblem, type Problem, sortProblems } from "./problem.ts";

/** Its message is ready to print: one paragraph a problem, in the order of the files. */
export class ConfigurationProblems extends ConfigurationError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = sortProblems(problems);
    const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
    super(`${sorted.map(formatProblem).join("\n\n")}\n\n${count} in the configuration`);
    this.problems = sorted;
  }
}
