/** Functions that give another value each time. They stand in rows that are written once, when an account is made. */
import { declare, type FunctionEntry, type Moment, text, whole } from "./function-entry.ts";
import { EvaluationFailure, type Value } from "./value.ts";

const VOLATILE = { isVolatile: true, seesNothing: true } as const;

export const CHANCE_FUNCTIONS: readonly FunctionEntry[] = [
  declare("guid", " -> string", "A random id (UUID, version 4).", (_args, moment) => guid(moment), {
    ...VOLATILE,
    entra: "Guid",
  }),
  declare(
    "randomString",
    "int, int, int, int, int -> string",
    "Random characters: length, then at least so many digits, special characters, capital and small letters.",
    (args, moment) => randomString(args, moment),
    { ...VOLATILE, entra: "RandomString" },
  ),
  declare(
    "randomString",
    "int, int, int, int, int, string -> string",
    "The same, without the characters of the last argument.",
    (args, moment) => randomString(args, moment),
    { ...VOLATILE, entra: "RandomString" },
  ),
  declare(
    "now",
    " -> google.protobuf.Timestamp",
    "When the new account was worked out, in UTC.",
    (_args, { now }) => new Date(now),
    { ...VOLATILE, entra: "Now" },
  ),
];

function guid({ random }: Moment): string {
  const digits = Array.from({ length: 32 }, () => random(16).toString(16));
  digits[12] = "4";
  digits[16] = (8 + random(4)).toString(16);
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const LONGEST = 256;
const DIGITS = "0123456789";
const SPECIALS = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/";
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CLASSES = [DIGITS, SPECIALS, CAPITALS, CAPITALS.toLowerCase()];

/** Filled up from the classes that are asked for; from letters and digits when none is. */
function randomString([length, ...rest]: readonly Value[], { random }: Moment): string {
  const total = whole(length);
  const atLeast = CLASSES.map((_, index) => whole(rest[index]));
  if (total < 1 || total > LONGEST || atLeast.some((each) => each < 0))
    throw new EvaluationFailure(`randomString() makes 1 to ${LONGEST} characters`);
  if (atLeast.reduce((sum, each) => sum + each, 0) > total)
    throw new EvaluationFailure("randomString() is to hold more characters than it is long");
  const avoided = new Set(text(rest[4]));
  const classes = CLASSES.map((each) => [...each].filter((character) => !avoided.has(character)));
  const drawn = classes.flatMap((each, index) =>
    Array.from({ length: atLeast[index] ?? 0 }, () => draw(each, random)),
  );
  const asked = classes.filter((_, index) => (atLeast[index] ?? 0) > 0).flat();
  const any = asked.length > 0 ? asked : classes.filter((_, index) => CLASSES[index] !== SPECIALS).flat();
  while (drawn.length < total) drawn.push(draw(any, random));
  return shuffled(drawn, random).join("");
}

function draw(from: readonly string[], random: Moment["random"]): string {
  const drawn = from.length === 0 ? undefined : from[random(from.length)];
  if (drawn === undefined)
    throw new EvaluationFailure("randomString() is left with no character to draw from");
  return drawn;
}

/** Every order as likely (Fisher and Yates). */
function shuffled(characters: readonly string[], random: Moment["random"]): readonly string[] {
  const left = [...characters];
  const made: string[] = [];
  while (left.length > 0) made.push(...left.splice(random(left.length), 1));
  return made;
}
