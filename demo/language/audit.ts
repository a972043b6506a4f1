// Tested by: test/demo/language/audit-words.test.ts
/** The words of an audit, in the page's language; loaded with what draws it. */
import { englishAudit, type AuditWords } from "../../src/audit/audit-words.ts";
import { japanese } from "./ja/audit.ts";
import { languageName } from "./language.ts";

export function auditWords(): AuditWords {
  return languageName() === "ja" ? japanese : englishAudit;
}
