import type { EditCounts } from "../../sync/edit-count.ts";
import type { EditAction, EditItem } from "../../sync/edit-item.ts";
import type { Paint } from "./colour.ts";
import { escaped } from "./escape.ts";
import { count, counted, listed } from "./numbers.ts";
import { type ItemLayout, planItemLines } from "./plan-item.ts";
import { wrap } from "./table.ts";
import { showPath } from "./value.ts";

/** How many people and groups of ours are on at the target. */
interface Managed {
  readonly users: number;
  readonly groups: number;
}

interface Look {
  readonly marker: string;
  readonly paint: Exclude<keyof Paint, "strong">;
  /** "deactivates 37 of 1,900 people": what stands before and behind the number. */
  readonly verb: string;
  readonly behind?: string;
}

/** How each effect of an edit is told, in the order in which it is told: who loses something comes first. */
const looks: Readonly<Record<EditAction, Look>> = {
  delete: { marker: "×", paint: "remove", verb: "deletes" },
  deactivate: { marker: "-", paint: "remove", verb: "deactivates" },
  fail: { marker: "!", paint: "remove", verb: "can no longer be worked out for" },
  rename: { marker: "»", paint: "change", verb: "renames" },
  update: { marker: "~", paint: "change", verb: "updates" },
  "let be": { marker: ".", paint: "note", verb: "no longer looks after" },
  "look after": { marker: "~", paint: "note", verb: "looks after", behind: "again" },
  reactivate: { marker: "↺", paint: "add", verb: "reactivates" },
  "create or adopt": { marker: "+", paint: "add", verb: "creates or adopts" },
  "no account": { marker: ".", paint: "note", verb: "no longer creates" },
  keep: { marker: ".", paint: "note", verb: "keeps", behind: "who were to go" },
  "take back": { marker: ".", paint: "note", verb: "takes back what was pending for" },
  "leave to the pilot": { marker: ".", paint: "note", verb: "takes", behind: "out of the pilot" },
  "let into the pilot": { marker: "+", paint: "note", verb: "takes", behind: "into the pilot" },
  later: { marker: "~", paint: "faint", verb: "gives other values to", behind: "without an account yet" },
};

/** "This edit deactivates 37 of 1,900 people, renames 3 people and changes title of 212." */
export function editSentence(counts: EditCounts, managed: Managed): string {
  const parts = [...objectParts(counts, managed), ...valueParts(counts), ...linkParts(counts)];
  return parts.length === 0
    ? "The configuration changes nothing for anybody whom the snapshot knows."
    : `This edit ${listed(parts)}.`;
}

function objectParts({ users, groups }: EditCounts, managed: Managed): string[] {
  return Object.entries(looks).flatMap(([name, { verb, behind }]) => {
    // Whose values change is told by the values.
    if (name === "update") return [];
    const action = name as EditAction;
    const isOfWhole = action === "deactivate" || action === "delete" || action === "rename";
    const say = (n: number | undefined, whole: number, one: string, many: string) => {
      if (n === undefined) return [];
      const who = isOfWhole && whole > n ? `${count(n)} of ${count(whole)} ${many}` : counted(n, one, many);
      return [`${verb} ${who}${behind === undefined ? "" : ` ${behind}`}`];
    };
    return [
      ...say(users[action], managed.users, "person", "people"),
      ...say(groups[action], managed.groups, "group", "groups"),
    ];
  });
}

/** Who gets another name is told by that. */
const names: ReadonlySet<string> = new Set(["userName", "displayName"]);

function valueParts({ values, users, groups }: EditCounts): string[] {
  const renamed = (users.rename ?? 0) + (groups.rename ?? 0);
  const paths = Object.entries(values)
    .filter(([path, { changed, cleared }]) => !(names.has(path) && changed + cleared <= renamed))
    .toSorted(([, a], [, b]) => b.changed + b.cleared - (a.changed + a.cleared));
  const shown = paths.slice(0, mostPaths);
  const say = (verb: string, key: "changed" | "cleared") =>
    shown.flatMap(([path, counts]) =>
      counts[key] === 0 ? [] : [`${verb} ${showPath(path)} of ${count(counts[key])}`],
    );
  const more = paths.length - shown.length;
  return [
    ...say("clears", "cleared"),
    ...say("changes", "changed"),
    ...(more > 0 ? [`changes ${counted(more, "other attribute")}`] : []),
  ];
}

const mostPaths = 8;

function linkParts({ memberships, references }: EditCounts): string[] {
  return [
    ...(memberships.ended === 0 ? [] : [`ends ${counted(memberships.ended, "membership")}`]),
    ...(memberships.added === 0 ? [] : [`adds ${counted(memberships.added, "membership")}`]),
    ...(references === 0 ? [] : [`changes ${counted(references, "reference")} (manager)`]),
  ];
}

/** Some of whom it is about, `limit` of each kind; holds what it shows. Fed while the edit is counted. */
export class EditExamples {
  readonly #layout: ItemLayout & { readonly limit: number };
  readonly #sections = new Map<EditAction, { readonly lines: string[]; count: number }>();

  constructor(layout: ItemLayout & { readonly limit: number }) {
    this.#layout = layout;
  }

  add(item: EditItem): void {
    const section = this.#sections.get(item.action) ?? { lines: [], count: 0 };
    this.#sections.set(item.action, section);
    section.count += 1;
    if (section.count <= this.#layout.limit) section.lines.push(...itemLines(item, this.#layout));
  }

  *lines(): Iterable<string> {
    const { paint, limit } = this.#layout;
    for (const [action, { marker, paint: colour }] of Object.entries(looks)) {
      const section = this.#sections.get(action as EditAction);
      if (section === undefined) continue;
      yield* section.lines;
      const more = section.count - limit;
      if (more > 0)
        yield paint[colour](`  ${marker} ... ${count(more)} more: ${action} (--limit 0 shows all)`);
    }
  }
}

function itemLines(item: EditItem, layout: ItemLayout): string[] {
  const { action } = item;
  if (
    action === "delete" ||
    action === "deactivate" ||
    action === "reactivate" ||
    action === "rename" ||
    action === "update"
  )
    return planItemLines({ ...item, action }, layout);
  const { marker, paint } = looks[action];
  const kind = item.kind === "group" ? `  ${layout.paint.faint("group")}` : "";
  const head = `  ${layout.paint[paint](`${marker} ${action}`)}  ${layout.paint.strong(escaped(item.label || item.sourceId))}${kind}`;
  const values = planItemLines({ ...item, action: "update" }, layout).slice(1);
  const why =
    item.reason === "" || item.reason === "in scope" ? [] : wrap(escaped(item.reason), layout.width - 8);
  return [head, ...(item.values.length > 0 ? values : why.map((line) => `      ${line}`))];
}
