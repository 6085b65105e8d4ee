/** What the audit log is told of bodies: the request's as it was read, the answer's as it goes out. */

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
export function finishAudit(audit: AuditRecord, answer: ApiAnswer, signal: AbortSignal): ApiAnswer {
  if (answer.kind === 'full') {
    audit.complete(answer.code, audit.level === 'RequestResponse' && isJson(answer) ? answer.body : undefined)
    return answer
  }
  const code = answer.kind === 'upgrade' ? 101 : answer.code
  audit.responseStarted(code)
  return whenOver(answer, signal, () => audit.complete(code))
}

function isJson({ headers }: Extract<ApiAnswer, { kind: 'full' }>): boolean {
  return String(headers['content-type']).startsWith('application/json') && headers['content-encoding'] === undefined
}
