import { styleText } from "node:util";

/** What a colour means on our screens; a screen without colours loses nothing but the colour. */
export interface Paint {
  readonly add: (text: string) => string;
  readonly change: (text: string) => string;
  readonly remove: (text: string) => string;
  readonly note: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** FORCE_COLOR beats NO_COLOR beats the terminal, as in Node itself (https://no-color.org, https://nodejs.org/api/tty.html). */
export function createPaint(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const on = wantsColour(isTerminal, environment);
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    on && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return {
    add: style("green"),
    change: style("yellow"),
    remove: style("red"),
    note: style("cyan"),
    strong: style("bold"),
    faint: style("dim"),
  };
}

function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  const refused = environment["NO_COLOR"];
  if (refused !== undefined && refused !== "") return false;
  return isTerminal && environment["TERM"] !== "dumb";
}
