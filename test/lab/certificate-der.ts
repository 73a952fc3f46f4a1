/** X.509 certificates (RFC 5280) as DER (X.690), signed with ECDSA on P-256 and SHA-256: no program but Node has to be there. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";

export interface CertificateFields {
  readonly subject: string;
  readonly issuer: string;
  /** The key that the certificate is about; either half of it. */
  readonly key: KeyObject;
  /** The authority's private key. */
  readonly signer: KeyObject;
  /** ms since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** An authority that signs others, or a server with these DNS names and IPv4 addresses. */
  readonly use: "authority" | { readonly dnsNames: readonly string[]; readonly addresses: readonly string[] };
}

/** The certificate as PEM text. */
export function certificatePem(fields: CertificateFields): string {
  const { subject, issuer, key, signer, notBefore, notAfter, use } = fields;
  const publicKey = spki(key);
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    // Positive, without a leading zero that DER would forbid.
    integer(Buffer.concat([Buffer.from([0x4a]), randomBytes(15)])),
    sequence(oid(ECDSA_WITH_SHA256)),
    commonName(issuer),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject),
    publicKey,
    explicit(
      3,
      sequence(
        ...(use === "authority" ? authorityExtensions() : serverExtensions(use)),
        extension("2.5.29.14", false, octets(keyId(publicKey))),
        extension("2.5.29.35", false, sequence(element(0x80, keyId(spki(signer))))),
      ),
    ),
  );
  const certificate = sequence(
    signed,
    sequence(oid(ECDSA_WITH_SHA256)),
    bits(0, sign("sha256", signed, signer)),
  );
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

function authorityExtensions(): readonly Buffer[] {
  const isAuthority = element(0x01, Buffer.from([0xff]));
  return [
    extension("2.5.29.19", true, sequence(isAuthority)),
    // keyCertSign and cRLSign: bits 5 and 6, the last bit unused.
    extension("2.5.29.15", true, bits(1, Buffer.from([0b0000_0110]))),
  ];
}

function serverExtensions(names: Exclude<CertificateFields["use"], "authority">): readonly Buffer[] {
  const dns = names.dnsNames.map((name) => element(0x82, Buffer.from(name, "ascii")));
  const addresses = names.addresses.map((address) =>
    element(0x87, Buffer.from(address.split(".").map(Number))),
  );
  return [
    extension("2.5.29.19", true, sequence()),
    extension("2.5.29.37", false, sequence(oid(SERVER_AUTH))),
    extension("2.5.29.17", false, sequence(...dns, ...addresses)),
  ];
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [element(0x01, Buffer.from([0xff]))] : []), octets(value));
}

function spki(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ format: "der", type: "spki" });
}

/** RFC 5280 section 4.2.1.2 leaves open how it is made, as long as it tells keys apart. */
function keyId(publicKey: Buffer): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20);
}

function commonName(name: string): Buffer {
  return sequence(element(0x31, sequence(oid("2.5.4.3"), element(0x0c, Buffer.from(name, "utf8")))));
}

/** UTCTime: good until 2049 (RFC 5280 section 4.1.2.5.1). */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return element(0x17, Buffer.from(text.slice(2), "ascii"));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): readonly number[] {
  const high = number < 0x80 ? [] : base128(Math.floor(number / 0x80)).map((byte) => byte | 0x80);
  return [...high, number % 0x80];
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function explicit(tag: number, content: Buffer): Buffer {
  return element(0xa0 | tag, content);
}

function integer(bytes: Buffer): Buffer {
  return element(0x02, bytes);
}

function octets(bytes: Buffer): Buffer {
  return element(0x04, bytes);
}

function bits(unused: number, bytes: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([unused]), bytes]));
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
