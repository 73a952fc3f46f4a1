import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { ConfigurationError } from "../../../errors.ts";

/** Authorities to trust, PEM, each once: Node's own list, that of the operating system, which is mostly the same, and those of the file. */
export function authorities(file: string | undefined): readonly string[] {
  const here = [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return file === undefined ? here : [...here, readAuthorities(file)];
}

let trusted: { readonly authorities: string; readonly context: SecureContext } | undefined;

/**
 * Who these authorities vouch for is believed, by Graph's connections and the login's. Reading some hundred of them takes long: done once for as
 * long as they are the same, whatever the number of cycles.
 */
export function trusting(list: readonly string[]): SecureContext {
  const authorities = list.join("\n");
  if (trusted?.authorities !== authorities)
    trusted = { authorities, context: createSecureContext({ ca: [...list] }) };
  return trusted.context;
}

function readAuthorities(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigurationError(`ca: the file ${file} cannot be read`, {
      cause,
      hint: "correct the path or its permissions",
    });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new ConfigurationError(`ca: ${file} holds no certificate in PEM form`, {
    hint: `a certificate in binary form is converted by: openssl x509 -inform der -in ${file} -out ca.pem`,
  });
}
