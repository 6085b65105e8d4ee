/** What the audit log is told of bodies: the request's as it was read, the answer's as it goes out. */

import { gunzipSync } from 'node:zlib'
import type { AuditRecord } from '../audit/sink.ts'
import { contentTypeOf, readDocument } from '../rest/body.ts'
import { parseJson } from '../rest/parse-json.ts'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import type { ServerLimits } from './limits.ts'
import { whenOver } from './when-over.ts'

/** The request as its verb sees it: a body that is read is told, and lists come whole where they are to be kept. */
export function auditedRequest(request: ApiRequest, audit: AuditRecord | undefined, limits: ServerLimits): ApiRequest {
  if (audit === undefined || audit.level === 'Metadata') return request
  let told = false
  return {
    ...request,
    ...(audit.level === 'RequestResponse' ? { streamsLists: false } : {}),
    async body() {
      const bytes = await request.body()
      if (!told && bytes.length > 0) {
        told = true
        audit.requestObject(await parsed(request, bytes, limits))
      }
      return bytes
    },
  }
}

/** Undefined for what cannot be read: the verb will refuse it in its own words. */
async function parsed(request: ApiRequest, bytes: Buffer, limits: ServerLimits): Promise<unknown> {
  try {
    if (contentTypeOf(request)?.endsWith('+json') === true) return parseJson(bytes, limits.jsonDepth).value
    return (await readDocument({ ...request, body: async () => bytes }, limits))?.value
  } catch {
    return undefined
  }
}

/** Ends the record with the answer, or with the end of its stream. */
export function finishAudit(
  audit: AuditRecord,
  answer: ApiAnswer,
  { signal, fault }: { signal: AbortSignal; fault: boolean },
): ApiAnswer {
  if (answer.kind === 'full') {
    if (fault && audit.panicked !== undefined) audit.panicked(statusMessage(answer.body))
    else audit.complete(answer.code, bodyFor(audit, answer))
    return answer
  }
  const code = answer.kind === 'upgrade' ? 101 : answer.code
  audit.responseStarted(code)
  return whenOver(answer, signal, () => audit.complete(code))
}

type FullAnswer = Extract<ApiAnswer, { kind: 'full' }>

/** Larger answers are not kept whole anyway. */
const maxUnpacked = 4 * 1_048_576

/** What the log may keep of the answer: the Status of a failure at every level. */
function bodyFor(audit: AuditRecord, { code, headers, body }: FullAnswer): Buffer | string | undefined {
  if (audit.level !== 'RequestResponse' && code < 400) return undefined
  if (!String(headers['content-type']).startsWith('application/json')) return undefined
  if (headers['content-encoding'] === undefined) return body
  try {
    return gunzipSync(body, { maxOutputLength: maxUnpacked })
  } catch {
    return undefined
  }
}

/** Of a fault the client learns where the log has it, and so does the auditor. */
function statusMessage(body: Buffer | string): string {
  const status = JSON.parse(body.toString()) as { message?: string }
  return status.message ?? ''
}
