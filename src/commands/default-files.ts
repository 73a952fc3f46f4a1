/** Where the configuration is looked for when nobody names it. */
export const defaultFiles = ["config/rollcall.yaml", "/etc/rollcall/rollcall.yaml"] as const;
