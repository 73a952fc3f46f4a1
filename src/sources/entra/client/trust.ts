import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { ConfigurationError } from "../../../errors.ts";
import { UnknownAuthority } from "./network-failure.ts";

/** Reading the operating system's list takes long, and it is mostly the same as Node's own: wanted once, it is used from then on. */
let isSystemWanted = false;
/** Made once for each list of authorities, whatever the number of connections and cycles. */
const contexts = new Map<string, SecureContext>();
/** A file that is changed makes another list. */
const mostContexts = 8;

/**
 * Whom the connections to Graph and to the login service believe: Node's own list, the file's, and where these do not do, the operating system's.
 */
export class Trust {
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** The same one as long as the authorities are the same. Throws ConfigurationError. */
  get context(): SecureContext {
    const system = isSystemWanted ? getCACertificates("system") : [];
    const file = this.#file === undefined ? [] : [readAuthorities(this.#file)];
    const list = [...new Set([...getCACertificates("default"), ...system]), ...file];
    const authorities = list.join("\n");
    const found = contexts.get(authorities);
    if (found !== undefined) return found;
    if (contexts.size >= mostContexts) contexts.clear();
    const made = createSecureContext({ ca: list });
    contexts.set(authorities, made);
    return made;
  }

  /** True when an authority was not known to those of `used`, and by now there are others, of the operating system. */
  widened(error: unknown, used: SecureContext | undefined): boolean {
    if (!(error instanceof UnknownAuthority)) return false;
    isSystemWanted = true;
    return this.context !== used;
  }
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
