import { resolve } from "node:path";
import type { AuditConfig, SyslogConfig } from "./config.ts";
import { type AuditSection, facilities } from "./schema-audit.ts";

const defaultPorts = { tls: 6514, tcp: 601, udp: 514 } as const;

/** The audit section as it is used: paths absolute, the address taken apart. */
export function auditOf({ keep, syslog }: AuditSection, folder: string): AuditConfig {
  const keepMs = keep === "forever" ? undefined : keep;
  return syslog === undefined ? { keepMs } : { keepMs, syslog: syslogOf(syslog, folder) };
}

function syslogOf(section: NonNullable<AuditSection["syslog"]>, folder: string): SyslogConfig {
  const { url, facility, values, ca, timeout } = section;
  const caFile = ca === undefined ? undefined : resolve(folder, ca.file);
  const rest = { facility: facilities[facility], values, caFile, timeoutMs: timeout };
  if (url.startsWith("unix:"))
    return { transport: "unix", host: url.slice("unix:".length).replace(/^\/\/+/, "/"), port: 0, ...rest };
  const [, scheme = "", host = "", port] = /^(\w+):\/\/(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(url) ?? [];
  const transport = scheme === "tls" || scheme === "tcp" ? scheme : "udp";
  return {
    transport,
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? defaultPorts[transport] : Number(port),
    ...rest,
  };
}
