import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import type { Clock } from "../clock.ts";
import type { NotifyConfig } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import type { Carrier } from "../observe/delivery.ts";
import { mail } from "../observe/mail.ts";
import { webhook } from "../observe/webhook.ts";
import { readSecrets } from "../secret.ts";

/** Who carries notices to a channel of the configuration. Secrets and authorities are read for each delivery. */
export function carrierOf(channel: NotifyConfig, clock: Clock): Carrier {
  return {
    async deliver(letter, signal) {
      await made(channel, clock).deliver(letter, signal);
    },
  };
}

function made(channel: NotifyConfig, clock: Clock): Carrier {
  const place = `notify.${channel.name}`;
  const authorities = authoritiesOf(channel, `${place}.ca`);
  if (channel.type === "webhook") {
    const { url, secret } = channel;
    const path = `${place}.secret`;
    return webhook({ url, secrets: () => readSecrets(secret, path), place: path, authorities, clock });
  }
  const { server, port, tls, user, password, from, to } = channel;
  const read = password && (() => readSecrets(password, `${place}.password`));
  return mail({ server, port, tls, user, passwords: read, from, to, authorities });
}

function authoritiesOf({ ca }: NotifyConfig, place: string): readonly string[] {
  const here = [...getCACertificates("default"), ...getCACertificates("system")];
  if (ca === undefined) return here;
  try {
    return [...here, readFileSync(ca.file, "utf8")];
  } catch (cause) {
    throw new ConfigurationError(`${place}: the file ${ca.file} cannot be read`, {
      cause,
      hint: "correct the path or its permissions",
    });
  }
}
