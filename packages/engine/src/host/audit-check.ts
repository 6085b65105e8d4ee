/** Has anybody changed the audit log of a data directory? For `berth audit`. */

import { auditLogFiles, verifyAuditLog, type AuditLogVerdict } from '@berth/apiserver'
import { dataDirectory } from './data-directory.ts'

export interface AuditCheck {
  /** Oldest first. */
  files: string[]
  verdict: AuditLogVerdict
}

/** Reads every line; an engine may run meanwhile. */
export async function checkAuditLog(options: { dataDir: string }): Promise<AuditCheck> {
  const files = auditLogFiles(dataDirectory(options.dataDir).auditLog)
  return { files, verdict: await verifyAuditLog(files) }
}
