/** A made-up company for tests: the same seed gives the same people and groups, with every oddity that real directories hold. */
export interface Company {
  readonly people: readonly Person[];
  readonly teams: readonly Team[];
}

export interface Person {
  /** Position in `people`; others name it as their manager. */
  readonly index: number;
  /** Relative name, unescaped: unique in its organizational unit. */
  readonly cn: string;
  readonly unit: string;
  /** sAMAccountName */
  readonly login: string;
  /** userPrincipalName; old accounts have none. */
  readonly upn?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly displayName?: string;
  readonly mail?: string;
  readonly title?: string;
  readonly department?: string;
  readonly employeeId?: string;
  readonly office?: string;
  readonly street?: string;
  readonly city?: string;
  readonly region?: string;
  readonly postalCode?: string;
  /** Two letters. */
  readonly country?: string;
  readonly phone?: string;
  readonly mobile?: string;
  readonly fax?: string;
  readonly language?: string;
  /** Index of the manager, always smaller than one's own. */
  readonly manager?: number;
  readonly disabled: boolean;
  /** When the account ends, ms since 1970; in the past (2020) or far away (2099), never near now. */
  readonly expires?: number;
}

export interface Team {
  readonly index: number;
  readonly cn: string;
  readonly unit: string;
  readonly displayName?: string;
  readonly description?: string;
  /** Indexes of people. */
  readonly people: readonly number[];
  /** Indexes of teams inside this one, always smaller than its own: no loops. */
  readonly teams: readonly number[];
}

export interface CompanyOptions {
  readonly seed: number;
  /** How many people. The first dozens carry the oddities, so 40 or more have them all. */
  readonly people: number;
  /** How many groups; the first has `largeGroup` members, every fifth holds other groups. */
  readonly groups: number;
  readonly largeGroup?: number;
}

/** Names as people really have them, and as import scripts fear them. */
const ODD_NAMES: readonly (readonly [given: string | undefined, surname: string | undefined])[] = [
  ["Siobhán", "O'Brien"],
  ["Jean-Luc", "D'Angelo"],
  ["Zoë", "Müller-Lüdenscheidt"],
  ["Łukasz", "Żółć"],
  ["李", "小龍"],
  ["さくら", "山田"],
  ["Nguyễn", "Thị Ánh"],
  ["محمد", "الفارسي"],
  ["Владимир", "Щербаков"],
  ["Robin 🦊", "Fuchs"],
  ['Anna "Annie"', "Quote"],
  ["John", "Smith, Jr."],
  ["Back\\slash", "Windows"],
  ["#hash", "First"],
  ["Plus+Equals=", "Semi;colon"],
  ["<Angle>", "Bracket & Co"],
  ["Per%cent", "Under_score*"],
  ["(Paren)", "Thesis"],
  ["Teller", undefined],
  [undefined, "Solo"],
  ["Long".repeat(16), "Name".repeat(16)],
  ["=cmd|'/C calc'!A0", "Sheet"],
  ["Zalgo̐́", "Combining é"],
  ["İpek", "Işık"],
];
const GIVEN =
  "Ada Ben Cleo Dan Eva Finn Gina Hugo Ines Jan Kim Lea Max Nora Omar Pia Rui Sara Tom Uma Vera Will Yara Zac".split(
    " ",
  );
const SURNAMES =
  "Adler Baker Costa Dubois Eriksen Fischer Garcia Horvat Ivanov Jansen Kaya Lopez Moreau Novak Okafor Park Quinn Rossi Silva".split(
    " ",
  );
const UNITS = ["Berlin", "London", "São Paulo", "Research, Development"] as const;
const DEPARTMENTS = ["Sales", "IT", "Finance", "Legal & Compliance", "F&E <Labor>", "人事部"] as const;
const PLACES = [
  ["Hauptstraße 1", "Köln", "NRW", "50667", "DE", "de-DE"],
  ["10 Downing St\nFlat 2", "London", "England", "SW1A 2AA", "GB", "en-GB"],
  ["Av. Paulista 1000", "São Paulo", "SP", "01310-100", "BR", "pt-BR"],
  ["千代田1-1", "東京", "東京都", "100-0001", "JP", "ja-JP"],
] as const;

export function createCompany(options: CompanyOptions): Company {
  const random = generator(options.seed);
  const people = Array.from({ length: options.people }, (_, index) => person(index, random));
  const teams = Array.from({ length: options.groups }, (_, index) => team(index, options, random));
  return { people, teams };
}

function person(index: number, random: Random): Person {
  const [givenName, surname] = ODD_NAMES[index] ?? [random.pick(GIVEN), random.pick(SURNAMES)];
  const displayName = [givenName, surname].filter((part) => part !== undefined).join(" ");
  const number = String(index).padStart(5, "0");
  const local = index === 0 ? "siobhan.o'brien" : `person.${number}`;
  const [street, city, region, postalCode, country, language] = random.pick(PLACES);
  const often = <T>(value: T): T | undefined => (random.below(10) < 8 ? value : undefined);
  return withoutEmpty({
    index,
    cn: `${[...displayName].slice(0, 40).join("")} ${number}`,
    unit: random.pick(UNITS),
    login: `p${number}`,
    upn: index % 30 === 29 ? undefined : `${local}@lab.example`,
    givenName,
    surname,
    displayName: index % 30 === 13 ? undefined : displayName,
    mail: index % 19 === 18 ? undefined : `${local}@mail.lab.example`,
    title:
      index === 20
        ? "Head of ".repeat(16).trim()
        : often(random.pick(["Engineer", "Vice-Präsident", "Clerk"])),
    department: often(random.pick(DEPARTMENTS)),
    employeeId: often(`E${number}`),
    office: often(`Room ${random.below(900)}`),
    street: often(street),
    city: often(city),
    region: often(region),
    postalCode: often(postalCode),
    country: often(country),
    phone: often(`+49 30 ${1_000_000 + random.below(8_999_999)}`),
    mobile: often(`+44 7700 ${100_000 + random.below(899_999)}`),
    fax: index % 7 === 0 ? `+1 555 ${1000 + random.below(8999)}` : undefined,
    language: often(language),
    manager: index === 0 || index % 11 === 0 ? undefined : Math.max(0, index - 1 - random.below(20)),
    disabled: index % 25 === 24,
    expires:
      index % 40 === 39 ? Date.UTC(2020, 0, 31) : index % 40 === 38 ? Date.UTC(2099, 0, 31) : undefined,
  });
}

function team(index: number, options: CompanyOptions, random: Random): Team {
  const large = index === 0 ? Math.min(options.largeGroup ?? 2000, options.people) : 0;
  const size = random.below(Math.min(40, options.people));
  const people = large > 0 ? range(large) : index === 1 ? [] : random.sample(options.people, size);
  const nested = index > 1 && index % 5 === 0 ? random.sample(index, Math.min(3, index)) : [];
  const odd = [`All "Staff", everywhere`, "Nobody + nothing", "グループ", "O'Neill's <team>"][index];
  return withoutEmpty({
    index,
    cn: odd ?? `Team ${String(index).padStart(3, "0")}`,
    unit: "Groups",
    displayName: index % 4 === 3 ? `Shown as ${index}` : undefined,
    description: index % 2 === 0 ? `Team number ${index}` : undefined,
    people,
    teams: nested,
  });
}

type Filled<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function withoutEmpty<T extends object>(value: T): Filled<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Filled<T>;
}

interface Random {
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
  /** `count` different numbers below `limit`, ascending. */
  sample(limit: number, count: number): readonly number[];
}

/** Mulberry32: small, quick, the same everywhere. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (values) => {
      const index = below(values.length);
      const found = values.at(index);
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
    sample: (limit, count) => {
      const chosen = new Set<number>();
      while (chosen.size < Math.min(count, limit)) chosen.add(below(limit));
      return [...chosen].toSorted((a, b) => a - b);
    },
  };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
