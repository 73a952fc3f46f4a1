import { isDeepStrictEqual } from "node:util";
import { looksSecret } from "../yaml/frame.ts";
import type { Problem } from "../yaml/problem.ts";
import type { NamedSection } from "./config.ts";
import type { Normalised, WrittenConfig } from "./normalise.ts";

/** What is suspicious about sources and targets: used by nobody, described twice, or with another one's secret. */
export function suspiciousSections(normalised: Normalised, written: WrittenConfig): Problem[] {
  return [
    ...sameFlowTwice(normalised, written),
    ...sameServiceTwice(written),
    ...sameSecretTwice(written),
    ...targetWarnings(written),
    ...unused(normalised, written, "source"),
    ...unused(normalised, written, "target"),
  ];
}

function targetWarnings({ targets, document }: WrittenConfig): Problem[] {
  return [...targets].flatMap(([name, { definition, settings }]) => {
    const texts = settings === undefined ? [] : (definition.warnings?.(settings) ?? []);
    return texts.map((text) => document.problem(["targets", name], text, { at: "key" }));
  });
}

/** Keys that say which directory or service a section means. */
const places = ["tenantId", "orgUrl", "domain", "url", "baseDn", "baseUrl"];

/** Which directory or service it is, as far as the settings tell; undefined where they do not. */
function placeOf({ type, settings }: NamedSection): readonly unknown[] | undefined {
  if (typeof settings !== "object" || settings === null) return undefined;
  const values = places.map((key) => Reflect.get(settings, key) as unknown);
  if (values.every((each) => each === undefined)) return undefined;
  return [
    type,
    ...values.map((each) => (typeof each === "string" ? each.replace(/\/+$/, "").toLowerCase() : each)),
  ];
}

function isSamePlace(a: NamedSection, b: NamedSection): boolean {
  const place = placeOf(a);
  return a.name === b.name || (place !== undefined && isDeepStrictEqual(place, placeOf(b)));
}

function sameFlowTwice({ connections }: Normalised, { document }: WrittenConfig): Problem[] {
  return connections.flatMap(({ config }, index) => {
    const twin = connections
      .slice(0, index)
      .find(
        (each) =>
          isSamePlace(each.config.source, config.source) && isSamePlace(each.config.target, config.target),
      );
    if (twin === undefined) return [];
    const message = `"${twin.config.name}" goes from the same source into the same target; a person in the scope of both belongs to whichever came first`;
    return [document.problem(["connections", config.name], message, { at: "key" })];
  });
}

/** Who owns which account is kept for each target by its name: of two names for one service neither knows what the other owns. */
function sameServiceTwice({ targets, document }: WrittenConfig): Problem[] {
  const all = [...targets.values()];
  return all.flatMap((target, index) => {
    const twin = all.slice(0, index).find((each) => isSamePlace(each, target));
    if (twin === undefined) return [];
    const message = `the same service as "${twin.name}": two connections could then take the same account without knowing of each other; describe it once`;
    return [document.problem(["targets", target.name], message, { at: "key" })];
  });
}

/** One password at two places that have nothing to do with each other is a line that was copied and not changed. */
function sameSecretTwice({ sources, targets, document }: WrittenConfig): Problem[] {
  const seen = new Map<string, { readonly name: string; readonly section: NamedSection }>();
  const problems: Problem[] = [];
  for (const [kind, sections] of [
    ["sources", sources],
    ["targets", targets],
  ] as const) {
    for (const section of sections.values()) {
      for (const [key, reference] of secretsOf(section)) {
        const text = JSON.stringify(reference);
        const known = seen.get(text);
        if (known === undefined) seen.set(text, { name: `${kind}.${section.name}.${key}`, section });
        else if (known.section !== section && !isSamePlace(known.section, section))
          problems.push(
            document.problem(
              [kind, section.name, key],
              `the same secret as ${known.name}: was the line copied?`,
            ),
          );
      }
    }
  }
  return problems;
}

function secretsOf({ settings }: NamedSection): [string, object][] {
  if (typeof settings !== "object" || settings === null) return [];
  return Object.entries(settings).filter(
    (pair): pair is [string, object] =>
      looksSecret(pair[0]) && typeof pair[1] === "object" && pair[1] !== null,
  );
}

function unused(
  { connections }: Normalised,
  { file, document }: WrittenConfig,
  kind: "source" | "target",
): Problem[] {
  const used = new Set(connections.map(({ config }) => config[kind].name));
  return Object.keys(file[`${kind}s`])
    .filter((name) => !used.has(name))
    .map((name) => document.problem([`${kind}s`, name], `no connection uses this ${kind}`, { at: "key" }));
}
