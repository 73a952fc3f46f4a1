import { Resolver } from "node:dns/promises";
import type { SourceContext, SourceDefinition } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { ActiveDirectory, type Surroundings } from "./directory.ts";
import { includes, view } from "./view.ts";

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

/** Active Directory Domain Services, and Samba as a domain controller. */
export const definition: SourceDefinition<Settings> = {
  type: "active-directory",
  title: "Active Directory",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: (_kind, attribute) => whyNotRead(attribute),
  includes,
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
  open: (section: Settings, context: SourceContext) => new ActiveDirectory(section, context, surroundings),
};
