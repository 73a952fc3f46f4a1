/** The error that loadConfig throws; it lives with the YAML reader, because mapping files report in the same way. */
export { ConfigurationProblems } from "../yaml/configuration-problems.ts";
