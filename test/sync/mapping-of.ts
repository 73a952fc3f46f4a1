/** A mapping file with these rows of people, SCIM path -> expression ("": without it), beside what every account needs. */
export function mappingOf(rows: Readonly<Record<string, string>>): string {
  const all = { userName: "user.login", externalId: "user.id", active: "user.enabled", ...rows };
  const written = Object.entries(all)
    .filter(([, row]) => row !== "")
    .map(([path, row]) => `    ${path}: ${row}`);
  return `
users:
  match: [externalId, userName]
  attributes:
${written.join("\n")}
groups:
  match: [externalId, displayName]
  attributes:
    displayName: group.name
    externalId: group.id
`;
}
