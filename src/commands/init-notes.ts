import type { Note } from "./from-entra/notes.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { cut, wrap } from "./output/table.ts";
import { showPath } from "./output/value.ts";
import type { Screen } from "./screen.ts";

/** What an import could not take over, and what works in another way now. */
export function noteLines(notes: readonly Note[], screen: Screen): readonly string[] {
  const lost = notes.filter(({ type }) => type === "lost");
  const differs = notes.filter(({ type }) => type === "differs");
  const { paint } = screen;
  return [
    ...(lost.length === 0
      ? [`${paint.add("✓")} everything was taken over`]
      : [
          `${paint.remove("!")} ${counted(lost.length, "setting")} of Entra not taken over:`,
          ...lost.flatMap((note) => lines(note, screen)),
        ]),
    ...(differs.length === 0
      ? []
      : [
          "",
          `${paint.change("!")} ${counted(differs.length, "setting")} taken over, but not quite the same:`,
          ...differs.flatMap((note) => lines(note, screen)),
        ]),
  ];
}

function lines({ subject, entra, message }: Note, { paint, width }: Screen): readonly string[] {
  const name = showPath(subject);
  const room = Math.max(20, width - name.length - 6);
  return [
    `  ${paint.strong(name)}  ${paint.faint(cut(escaped(entra), room))}`,
    ...wrap(escaped(message), width - 6).map((line) => `      ${line}`),
  ];
}
