import { ConfigurationError } from "../../../errors.ts";

/** One domain controller as it is connected to. */
export interface Endpoint {
  /** As the admin wrote it, or as made from an SRV record. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** ldap:// means StartTLS; there is no way without TLS. */
  readonly startTls: boolean;
}

/** Reads ldaps://host[:port] or ldap://host[:port]; throws ConfigurationError with what was expected; the caller knows where it was written. */
export function endpointOf(url: string): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const startTls = parsed?.protocol === "ldap:";
  if (parsed === undefined || !(startTls || parsed.protocol === "ldaps:") || parsed.hostname === "") {
    throw new ConfigurationError("expected ldaps://host or ldap://host (StartTLS)");
  }
  if (parsed.username !== "" || parsed.search !== "" || !["", "/"].includes(parsed.pathname)) {
    throw new ConfigurationError(
      "expected a URL of scheme, host and port only; the rest has keys of its own",
    );
  }
  const port = parsed.port === "" ? (startTls ? 389 : 636) : Number(parsed.port);
  if (port === 3268 || port === 3269) {
    throw new ConfigurationError(
      `port ${port} is the global catalog, which holds a part of the attributes and no deletions; use 636 or 389`,
    );
  }
  return {
    url: `${parsed.protocol}//${parsed.host}`,
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port,
    startTls,
  };
}
