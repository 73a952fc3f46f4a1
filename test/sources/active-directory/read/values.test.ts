import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Below,
  isWithin,
  ownName,
  parseDn,
  parseExtendedDn,
} from "../../../../src/sources/active-directory/read/dn.ts";
import { filetimeMs, generalizedTimeIso } from "../../../../src/sources/active-directory/read/filetime.ts";
import { guidBytes, guidOf } from "../../../../src/sources/active-directory/read/guid.ts";
import { ridOf, sidBytes, sidOf } from "../../../../src/sources/active-directory/read/sid.ts";

describe("distinguished names", () => {
  const within = (dn: string, base: string) => isWithin(parseDn(dn) ?? [], parseDn(base) ?? ["?"]);

  test.each([
    ["CN=Ann,OU=Staff,DC=corp,DC=example", "ou=staff, dc=CORP, dc=example", true],
    ["OU=Staff,DC=corp,DC=example", "OU=Staff,DC=corp,DC=example", true],
    ["CN=Ann,OU=Staffing,DC=corp,DC=example", "OU=Staff,DC=corp,DC=example", false],
    ["CN=Lee\\,OU=Staff,DC=corp,DC=example", "OU=Staff,DC=corp,DC=example", false],
    ["CN=Lee\\, Ann,OU=Staff\\2C all,DC=corp", "OU=Staff\\, all,DC=corp", true],
    ["CN=x,OU=M\\C3\\BCnchen,DC=corp", "OU=München,DC=corp", true],
    ["CN=x,OU=MU\u0308NCHEN,DC=corp", "OU=münchen,DC=corp", true],
    ["CN=x,OU=a+L=b,DC=corp", "L=B+OU=A,DC=corp", true],
    ["DC=corp,DC=example", "OU=Staff,DC=corp,DC=example", false],
    ["CN=x,OU=ends with space\\ ,DC=corp", "OU=ends with space,DC=corp", false],
    ["CN=trailing\\\\,OU=Staff,DC=corp", "OU=Staff,DC=corp", true],
  ])("%s below %s: %s", (dn, base, expected) => {
    expect(within(dn, base)).toBe(expected);
  });

  test("any value that is escaped comes back, and never moves an object to another place", () => {
    const escaped = (text: string): string =>
      text.replaceAll(/[,+"\\<>;=#]/g, "\\$&").replace(/^ | $/g, "\\ ");
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("\0")),
        (value) => {
          const dn = `CN=${escaped(value)},OU=In,DC=corp`;
          expect(within(dn, "OU=In,DC=corp")).toBe(true);
          expect(parseDn(dn)).toHaveLength(3);
          if (value === value.trim()) expect(ownName(dn)).toBe(value);
        },
      ),
    );
  });

  test("what is remembered of parents changes no answer", () => {
    const base = parseDn("OU=Staff,DC=corp") ?? [];
    const below = new Below(base);
    const names = fc.constantFrom(
      "OU=Staff",
      "OU=staff",
      "OU=Else",
      "CN=a\\,b",
      "CN=a\\\\",
      "DC=corp",
      "CN=x;OU=Staff",
    );
    fc.assert(
      fc.property(fc.array(names, { maxLength: 5 }), (parts) => {
        const dn = [...parts, "DC=corp"].join(",");
        expect(below.has(dn)).toBe(isWithin(parseDn(dn) ?? [], base));
      }),
    );
    expect(below.has("OU=Staff,DC=corp")).toBe(true);
    expect(below.has("DC=corp")).toBe(false);
  });

  test("what is no distinguished name is none", () => {
    for (const text of ["corp.example", "=x", "CN=a,b", "CN=a\\", "1a=x"])
      expect(parseDn(text), text).toBeUndefined();
  });

  test("an extended name is taken apart, also when it is a tombstone's", () => {
    const dn = "CN=a\\0ADEL:x,CN=Deleted Objects,DC=corp";
    expect(parseExtendedDn(`<GUID=41424344-4546-4748-494A-4b4c4d4e4f50>;<SID=S-1-5-21-1>;${dn}`)).toEqual({
      guid: "41424344-4546-4748-494a-4b4c4d4e4f50",
      dn,
    });
    expect(parseExtendedDn(dn)).toEqual({ guid: undefined, dn });
    const guid = "41424344-4546-4748-494a-4b4c4d4e4f50";
    for (const more of ["<SID=S-1-5>;<WKGUID=a>;", "<WKGUID=a,DC=corp>;", "<SID=S-1-5>"])
      expect(parseExtendedDn(`<GUID=${guid}>;${more}${dn}`), more).toEqual({ guid, dn });
    expect(parseExtendedDn(`<SID=S-1-5>;<GUID=${guid.toUpperCase()}>;${dn}`)).toEqual({ guid, dn });
  });
});

describe("binary ids", () => {
  test("the first three fields of a GUID are little-endian", () => {
    const bytes = Buffer.from("33221100554477668899aabbccddeeff", "hex");
    expect(guidOf(bytes)).toBe("00112233-4455-6677-8899-aabbccddeeff");
    expect(guidBytes("{00112233-4455-6677-8899-AABBCCDDEEFF}")).toEqual(bytes);
    expect(guidOf(bytes.subarray(1))).toBeUndefined();
    expect(guidBytes("00112233")).toBeUndefined();
  });

  test("every GUID comes back from its bytes", () => {
    fc.assert(
      fc.property(fc.uuid(), (guid) => {
        expect(guidOf(guidBytes(guid))).toBe(guid);
      }),
    );
  });

  test("a SID is read, written and ends with the object's number", () => {
    const bytes = Buffer.from("010500000000000515000000dd1bee0e90af3d6018a6fd9f4e040000", "hex");
    expect(sidOf(bytes)).toBe("S-1-5-21-250485725-1614655376-2684200472-1102");
    expect(sidBytes("S-1-5-21-250485725-1614655376-2684200472-1102")).toEqual(bytes);
    expect(ridOf("S-1-5-21-250485725-1614655376-2684200472-1102")).toBe(1102);
    expect(sidOf(bytes.subarray(0, 20))).toBeUndefined();
  });
});

describe("times", () => {
  test.each([
    ["0", undefined],
    ["9223372036854775807", undefined],
    ["-1", undefined],
    ["never", undefined],
    ["116444736000000000", 0],
    ["132539328000000000", Date.UTC(2021, 0, 1)],
    ["9223372036854775806", 910_692_730_085_477],
  ])("FILETIME %s is %s", (text, expected) => {
    expect(filetimeMs(text)).toBe(expected);
  });

  test("a generalized time is ISO 8601, and nonsense is none", () => {
    expect(generalizedTimeIso("20261122081531.0Z")).toBe("2026-11-22T08:15:31.000Z");
    expect(generalizedTimeIso("16010101000000.0Z")).toBe("1601-01-01T00:00:00.000Z");
    for (const text of ["20261322081531.0Z", "2026", "20261122081531+0100"]) {
      expect(generalizedTimeIso(text), text).toBeUndefined();
    }
  });
});
