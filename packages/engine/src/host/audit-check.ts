/** Has anybody changed the audit log of a data directory? For `berth audit`. */

import { auditLogFiles, verifyAuditLog, type AuditLogVerdict } from '@berth/apiserver'
import { messageOf } from '@berth/base'
import { EngineError } from '../errors.ts'
import { dataDirectory } from './data-directory.ts'

export interface AuditCheck {
  /** Oldest first; none where no log was ever kept. */
  files: string[]
  verdict: AuditLogVerdict
}

/**
 * Reads every line; an engine may run meanwhile.
 * @throws {EngineError} FileUnreadable
 */
export async function checkAuditLog(options: { dataDir: string }): Promise<AuditCheck> {
  const { auditLog } = dataDirectory(options.dataDir)
  try {
    const files = auditLogFiles(auditLog)
    return { files, verdict: await verifyAuditLog(files) }
  } catch (error) {
    throw new EngineError('FileUnreadable', `cannot read ${auditLog}: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Read it as the user that runs the engine.',
    })
  }
}
