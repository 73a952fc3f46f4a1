/** A made-up person as any directory could hold one. */
export interface Name {
  readonly given: string;
  readonly surname: string;
  /** The part of the login name before the `@`; no two of one list have the same. */
  readonly local: string;
}

const GIVEN =
  "Ada Ben Cleo Dan Eva Finn Gina Hugo Ines Jan Kim Lea Max Nora Omar Pia Rui Sara Tom Uma Vera Will Yara Zac".split(
    " ",
  );
const SURNAMES =
  "Adler Baker Costa Dubois Eriksen Fischer Garcia Horvat Ivanov Jansen Kaya Lopez Moreau Novak Okafor Park Quinn Rossi Silva".split(
    " ",
  );
/** Names that are harder on programs than on people. */
const HARDER: readonly Name[] = [
  { given: "Siobhán", surname: "O'Brien", local: "siobhan.o'brien" },
  { given: "Łukasz", surname: "Żółć", local: "lukasz.zolc" },
  { given: "さくら", surname: "山田", local: "sakura.yamada" },
  { given: "Владимир", surname: "Щербаков", local: "vladimir.shcherbakov" },
  { given: "Robin 🦊", surname: "Fuchs", local: "robin.fuchs" },
  { given: "John", surname: "Smith, Jr.", local: "john.smith" },
  { given: "=cmd|'/C calc'!A0", surname: "Sheet", local: "sheet" },
];

/** `count` (456 at most) people with everyday names, from position `from` of a list without repetitions; the harder ones come first. */
export function names(count: number, from: number, harder: boolean): readonly Name[] {
  const before = harder ? HARDER : [];
  const everyday = Array.from({ length: count - before.length }, (_, index) => everydayName(from + index));
  return [...before, ...everyday];
}

// 24 and 19 have no common divisor: each pair comes up once in 456.
function everydayName(index: number): Name {
  const given = GIVEN[index % GIVEN.length] ?? "";
  const surname = SURNAMES[index % SURNAMES.length] ?? "";
  return { given, surname, local: `${given}.${surname}`.toLowerCase() };
}
