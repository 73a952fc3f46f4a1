import { Resolver } from "node:dns/promises";
import type { SourceContext, SourceDefinition } from "../source.ts";
import type { Settings } from "./config.ts";
import { description } from "./description.ts";
import { ActiveDirectory, type Surroundings } from "./directory.ts";

const surroundings: Surroundings = {
  async resolveSrv(name, signal) {
    const resolver = new Resolver();
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await resolver.resolveSrv(name);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  },
  random: Math.random,
};

/** Active Directory Domain Services, and Samba as a domain controller, read by LDAP. */
export const definition = {
  ...description,
  open: (section: Settings, context: SourceContext) => new ActiveDirectory(section, context, surroundings),
} satisfies SourceDefinition<Settings>;
