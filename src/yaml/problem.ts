/** What is wrong with a YAML file, and where: the one form in which configuration and mappings report. */

/** One mistake in a file that an admin wrote. Never holds a secret: frames leave out what looks like one. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Keys from the top, joined by "."; empty for the file as a whole. */
  readonly path: string;
  /** "expected X, got Y" or one sentence, with a suggestion where there is one. */
  readonly message: string;
  /** The line and, below, a caret; empty when the file has no such line. */
  readonly frame: string;
}

/** `file:line:column: path: message` and the code frame below. */
export function formatProblem(problem: Problem): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const head = `${problem.file}:${problem.line}:${problem.column}: ${path}${problem.message}`;
  return problem.frame === "" ? head : `${head}\n${problem.frame}`;
}

/** In the order of the file, each only once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((each) => [`${formatProblem(each)}`, each]));
  return [...unique.values()].toSorted(
    (a, b) => (a.file === b.file ? 0 : a.file < b.file ? -1 : 1) || a.line - b.line || a.column - b.column,
  );
}
