/** /livez, /readyz and /healthz, in the words of kube-apiserver: which checks passed, never why one did not. */

import { messageOf, type Logger } from '@berth/base'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import type { HealthCheck } from './options.ts'

export interface HealthServices {
  healthChecks: readonly HealthCheck[]
  /** Hears the reasons that clients do not. */
  logger: Logger
}

const healthPath = /^\/(healthz|livez|readyz)(\/[A-Za-z0-9._-]+)?\/?$/

/** Health must answer when everything else is refused. */
export function isHealthPath(path: string): boolean {
  return healthPath.test(path)
}

const ping: HealthCheck = { name: 'ping', live: true, check() {} }

export async function serveHealth(services: HealthServices, request: ApiRequest): Promise<ApiAnswer> {
  const [endpoint = '', only] = request.path.split('/').filter((word) => word !== '')
  const checks = [ping, ...services.healthChecks].filter((each) => endpoint !== 'livez' || each.live === true)
  if (only !== undefined)
    return serveOne(
      services,
      checks.find((each) => each.name === only),
    )
  const excluded = new Set(request.query.getAll('exclude').filter((name) => name !== ''))
  const lines: string[] = []
  let failed = false
  for (const check of checks) {
    const left = excluded.delete(check.name)
    const reason = left ? undefined : await failureOf(services, check)
    failed ||= reason !== undefined
    lines.push(
      reason !== undefined
        ? `[-]${check.name} failed: reason withheld`
        : `[+]${check.name} ${left ? 'excluded: ' : ''}ok`,
    )
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`)
  }
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`)
  return text(failed ? 500 : 200, failed || request.query.has('verbose') ? `${lines.join('\n')}\n` : 'ok')
}

async function serveOne(services: HealthServices, check: HealthCheck | undefined): Promise<ApiAnswer> {
  if (check === undefined) return text(404, '404 page not found\n')
  const reason = await failureOf(services, check)
  return reason === undefined ? text(200, 'ok') : text(500, 'internal server error: reason withheld\n')
}

function text(code: number, body: string): ApiAnswer {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache, private',
  }
  return { kind: 'full', code, headers, body }
}

async function failureOf({ logger }: HealthServices, check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check()
    return undefined
  } catch (error) {
    const reason = messageOf(error)
    logger.warn({ check: check.name, reason }, 'a health check failed')
    return reason
  }
}
