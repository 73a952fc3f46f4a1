import { connectionNamed } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { readText } from "../files.ts";
import type { Kind } from "../scim/resource.ts";
import { LinkList } from "../store/link-list.ts";
import { checkLinks, type LinkProblem, makeLinks } from "../sync/import-links.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { filesOf } from "./files-of.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { openConfig, withConnection } from "./open.ts";
import { csvRecords } from "./output/csv.ts";
import { escaped } from "./output/escape.ts";
import { count, counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** So many problems are shown; the rest is counted. */
const mostShown = 100;

/** What an import comes to. */
interface Import {
  readonly connection: string;
  readonly file: string;
  readonly users: number;
  readonly groups: number;
  /** Links that stand already. */
  readonly standing: number;
  /** Lines without a person or without an account. */
  readonly incomplete: number;
  readonly leftOut: readonly LinkProblem[];
  readonly isDone: boolean;
}

/** `rollcall links import`: the links of a file, all of them or none. */
export async function run(invocation: Invocation): Promise<number> {
  const [file = "", name] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = connectionNamed(config, name);
  const reason = await reasonFor(invocation, `Where do the links of ${file} come from?`);
  const list = new LinkList();
  try {
    const { problems: unreadable, incomplete } = fill(list, await textOfFile(invocation, file));
    return await withConnection(invocation, config, named, async (connection, clear) => {
      const work = connection.begin({ purpose: "plan", trigger: "links import" });
      const end = (outcome: "done" | "failed") =>
        work.store.runs.end(work.run, work.clock.now(), outcome, undefined, {});
      try {
        if (work.store.meta.number("complete_run") === 0) {
          throw new ConfigurationError(`${named.name} has not read its directory yet`, {
            hint: `first: rollcall plan ${named.name} (it writes nothing to the target)`,
          });
        }
        const { problems, standing } = await checkLinks(work, list);
        const skips = isSet(invocation.flags, "skipMissing");
        const leftOut = skips ? problems.filter(({ isMissing }) => isMissing) : [];
        const bad = [...unreadable, ...problems.filter((each) => !leftOut.includes(each))];
        clear();
        if (bad.length > 0) throw problemsOf(file, bad);
        if (isForReal(invocation)) makeLinks(work, list, reason);
        const [users, groups] = [list.count("user"), list.count("group")];
        const about = { connection: named.name, file, users, groups, standing, incomplete, leftOut };
        show(screen, { ...about, isDone: isForReal(invocation) });
        end("done");
        return 0;
      } catch (error) {
        end("failed");
        throw error;
      }
    });
  } finally {
    list.close();
  }
}

async function textOfFile({ io }: Invocation, file: string): Promise<string> {
  try {
    return await readText(filesOf(io), file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new ConfigurationError(`cannot read ${file} (${code})`, { cause: error });
  }
}

/** Takes the lines of the file in; says which cannot be taken, and how many name no person or no account. */
function fill(
  list: LinkList,
  text: string,
): { readonly problems: readonly LinkProblem[]; readonly incomplete: number } {
  const problems: LinkProblem[] = [];
  const problem = (line: number, message: string) => problems.push({ line, message, isMissing: false });
  let incomplete = 0;
  let columns: ReadonlyMap<string, number> | undefined;
  for (const { line, cells } of csvRecords(text)) {
    if (columns === undefined) {
      columns = new Map(cells.map((cell, at) => [cell.trim().toLowerCase(), at]));
      const missing = ["source_id", "target_id"].filter((each) => columns?.has(each) === false);
      if (missing.length > 0)
        throw new ConfigurationError(`line ${line}: the columns ${missing.join(" and ")} are missing`, {
          hint: "the first line names the columns: kind, source_id, name, target_id; separated by commas",
        });
      continue;
    }
    const cell = (column: string) => cells[columns?.get(column) ?? -1]?.trim() ?? "";
    const [kind, sourceId, targetId] = [cell("kind") || "user", cell("source_id"), cell("target_id")];
    if (!isKind(kind)) problem(line, `kind is "${kind}": expected user or group`);
    else if (sourceId === "" || targetId === "") incomplete += 1;
    else {
      const twin = list.add({ line, kind, sourceId, targetId });
      if (twin !== undefined)
        problem(
          line,
          `the same ${twin.sourceId === sourceId ? (kind === "user" ? "person" : "group") : "account or group at the target"} as in line ${twin.line}`,
        );
    }
  }
  if (columns === undefined) throw new ConfigurationError("the file is empty");
  return { problems, incomplete };
}

function isKind(text: string): text is Kind {
  return text === "user" || text === "group";
}

/** One error with every problem, in the order of lines. */
function problemsOf(file: string, problems: readonly LinkProblem[]): ConfigurationError {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  const shown = sorted.slice(0, mostShown).map(({ line, message }) => `${file}:${line}: ${message}`);
  const more = sorted.length > mostShown ? [`... ${count(sorted.length - mostShown)} more`] : [];
  const total = `${counted(sorted.length, "problem")}: nothing was imported`;
  const missing = sorted.filter(({ isMissing }) => isMissing).length;
  return Object.assign(
    new ConfigurationError(
      [...shown, ...more, total].join("\n"),
      missing === 0
        ? {}
        : {
            hint: `${count(missing)} of them only because somebody is no longer there: --skip-missing leaves these lines out`,
          },
    ),
    { problems: sorted },
  );
}

function show(screen: Screen, done: Import): void {
  const { connection, file, users, groups, standing, incomplete, leftOut, isDone } = done;
  screen.document("LinksImport", { ...done, done: isDone, isDone: undefined });
  if (screen.quiet) return;
  const what = `${counted(users, "person", "people")} and ${counted(groups, "group")}`;
  const mark = isDone ? screen.paint.add("✓") : " ";
  const say = (text: string) =>
    screen.lines(wrap(escaped(text), screen.width - 2).map((line) => `  ${line}`));
  screen.line(
    `${mark} ${connection}: ${what} ${isDone ? "linked" : "would be linked"} as ${escaped(file)} says`,
  );
  if (standing > 0) say(`${counted(standing, "link")} stood already`);
  if (incomplete > 0)
    say(
      `${counted(incomplete, "line names", "lines name")} no person or no account, and ${incomplete === 1 ? "was" : "were"} left out`,
    );
  if (leftOut.length > 0) {
    say(`${counted(leftOut.length, "line was", "lines were")} left out because somebody is no longer there:`);
    for (const { line, message } of leftOut.slice(0, mostShown)) say(`  line ${line}: ${message}`);
    if (leftOut.length > mostShown) say(`  ... ${count(leftOut.length - mostShown)} more`);
  }
  if (isDone) screen.line(`  What differs is an ordinary change: rollcall plan ${connection}`);
  else screen.lines(["", dryRun]);
}
