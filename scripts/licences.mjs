import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Name, version and licence of packages, with their texts as they came: whoever passes their code on has to pass these on as well. */
export function licencesOf(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    // One that brings no text says in its package.json alone what it is under, and whose it is.
    const said = `Licence: ${license}. Author: ${author?.name ?? author}`;
    return { title: `${name} ${version} (${license})`, text: textOf(folder) ?? said };
  });
  texts.sort((one, other) => (one.title < other.title ? -1 : 1));
  const rule = "=".repeat(80);
  return [
    "Code of these packages is in the files of this folder:",
    "",
    ...texts.map(({ title }) => `- ${title}`),
    "",
    ...texts.flatMap(({ title, text }) => [rule, title, rule, "", text.trim(), ""]),
  ].join("\n");
}

function textOf(folder) {
  const names = readdirSync(folder);
  const found = names.filter((name) => /^(?:licen[cs]e|copying|notice)(?:\.|$)/i.test(name)).sort();
  if (found.length > 0) return found.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const readme = names.find((name) => /^readme/i.test(basename(name)));
  if (readme === undefined) return undefined;
  return /^(?:#+ *license\b|license\n-+)[\s\S]*/im.exec(readFileSync(join(folder, readme), "utf8"))?.[0];
}
