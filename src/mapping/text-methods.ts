/** Methods on texts: those of CEL itself and of its strings extension. */
import { declare, type FunctionEntry, text, whole } from "./function-entry.ts";
import { characters, slice, split } from "./text.ts";

const METHOD = { form: "method", standard: true } as const;
const TEST = { ...METHOD, ofNothing: false } as const;

export const TEXT_METHODS: readonly FunctionEntry[] = [
  declare(
    "startsWith",
    "string, string -> bool",
    "True when the text begins so. Case counts.",
    ([s, part]) => text(s).startsWith(text(part)),
    TEST,
  ),
  declare(
    "endsWith",
    "string, string -> bool",
    "True when the text ends so. Case counts.",
    ([s, part]) => text(s).endsWith(text(part)),
    TEST,
  ),
  declare(
    "contains",
    "string, string -> bool",
    "True when the text holds another. Case counts.",
    ([s, part]) => text(s).includes(text(part)),
    TEST,
  ),
  declare(
    "lowerAscii",
    "string -> string",
    "Letters A to Z in lower case; other letters stay.",
    ([s]) => text(s).replace(/[A-Z]+/g, (part) => part.toLowerCase()),
    METHOD,
  ),
  declare(
    "upperAscii",
    "string -> string",
    "Letters a to z in upper case; other letters stay.",
    ([s]) => text(s).replace(/[a-z]+/g, (part) => part.toUpperCase()),
    METHOD,
  ),
  declare("trim", "string -> string", "Without spaces at both ends.", ([s]) => text(s).trim(), METHOD),
  declare(
    "substring",
    "string, int -> string",
    "Characters from a position that counts from 0, up to another or to the end.",
    ([s, start, end]) => {
      const subject = text(s);
      return slice(
        subject,
        Math.max(0, whole(start)),
        end == null ? subject.length : Math.max(0, whole(end)),
      );
    },
    { ...METHOD, most: 3 },
  ),
  declare(
    "indexOf",
    "string, string -> int",
    "Position of a text, from 0; -1 when it is not there.",
    ([s, part]) => {
      const at = text(s).indexOf(text(part));
      return BigInt(at === -1 ? -1 : characters(text(s).slice(0, at)));
    },
    METHOD,
  ),
  declare(
    "split",
    "string, string -> list<string>",
    "The parts between separators.",
    ([s, separator]) => split(text(s), text(separator)),
    METHOD,
  ),
];
