import { connectionNamed } from "../connection.ts";
import { SurveyList } from "../store/survey-list.ts";
import { type Surveyed, survey } from "../sync/survey.ts";
import { type SurveyLine, surveyLines } from "../sync/survey-lines.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { openConfig, withConnection } from "./open.ts";
import { csvRecord } from "./output/csv.ts";
import { createScreen } from "./screen.ts";
import { countSurvey, type SurveyCounts } from "./survey-counts.ts";
import { surveyScreen } from "./survey-screen.ts";
import { writeList } from "./write-list.ts";

/** `rollcall survey`: what is there on both sides before the first sync, person by person and account by account. Writes nothing to the target. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = connectionNamed(config, invocation.arguments[0]);
  const csv = textOf(invocation.flags, "csv");
  return withConnection(invocation, config, named, async (connection, clear) => {
    const work = connection.begin({ purpose: "plan", trigger: "survey" });
    const list = new SurveyList();
    try {
      const surveyed = await survey(work, list);
      const counts = countSurvey(surveyLines(work, list), {
        user: list.count("user"),
        group: list.count("group"),
      });
      clear();
      if (csv !== undefined) await writeList(csv, invocation, records(surveyLines(work, list)));
      if (csv !== "-") {
        screen.document("Survey", fieldsOf(named.name, surveyed, counts, csv));
        if (!screen.quiet) screen.lines(surveyScreen(work.config, surveyed, counts, csv, screen));
      }
      work.store.runs.end(work.run, work.clock.now(), "done", undefined, {});
      return 0;
    } catch (error) {
      work.store.runs.end(work.run, work.clock.now(), "failed", "the survey was not finished", {});
      throw error;
    } finally {
      list.close();
    }
  });
}

/** The first columns are those of a file of links: corrected, it can be imported. */
const columns = [
  ...["kind", "source_id", "name", "target_id", "account", "status", "matched_by", "account_active"],
  ...["pushed_groups", "note"],
];

function* records(lines: Iterable<SurveyLine>): Iterable<string> {
  yield csvRecord(columns);
  for (const line of lines) {
    const { kind, sourceId, name, targetId, account, status, by, isActive, groups, note } = line;
    const active = isActive === undefined || kind === "group" ? "" : isActive ? "yes" : "no";
    yield csvRecord([...[kind, sourceId, name, targetId, account, status, by, active], ...[groups, note]]);
  }
}

function fieldsOf(
  connection: string,
  { read, unlisted }: Surveyed,
  counts: SurveyCounts,
  csv: string | undefined,
): Readonly<Record<string, unknown>> {
  return { connection, read, unlisted, csv: csv ?? null, ...counts };
}
