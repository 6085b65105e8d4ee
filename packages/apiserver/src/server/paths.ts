/** What is served beside resources: health, version, metrics, discovery, OpenAPI. */

import { messageOf } from '@berth/base'
import { handleDiscovery } from '../discovery/discovery.ts'
import type { ServerMetrics } from '../metrics/metrics.ts'
import { handleOpenApi } from '../openapi/openapi.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { methodNotAllowed } from '../rest/subresource.ts'
import { resourceNotFound } from '../rest/dispatch.ts'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import type { HealthCheck } from './options.ts'

export interface PathServices {
  registry: ResourceRegistry
  metrics: ServerMetrics
  gitVersion: string
  healthChecks: readonly HealthCheck[]
}

/** @throws {StatusError} NotFound, MethodNotAllowed */
export async function servePath(services: PathServices, request: ApiRequest): Promise<ApiAnswer> {
  const known = ownPaths[request.path] ?? (healthPath.test(request.path) ? serveHealth : undefined)
  if (known !== undefined) {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed()
    return known(services, request)
  }
  const answer = handleDiscovery(services.registry, request) ?? handleOpenApi(services.registry, request)
  if (answer === undefined) throw resourceNotFound()
  return answer
}

const healthPath = /^\/(healthz|livez|readyz)(\/[a-z0-9-]+)?\/?$/

/** Health must answer when everything else is refused. */
export function isHealthPath(path: string): boolean {
  return healthPath.test(path)
}

const ownPaths: Record<string, (services: PathServices, request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer> = {
  '/': serveRoot,
  '/version': serveVersion,
  '/version/': serveVersion,
  '/metrics': async ({ metrics }) => {
    const { contentType, body } = await metrics.render()
    return { kind: 'full', code: 200, headers: { 'content-type': contentType }, body }
  },
}

function json(value: object): ApiAnswer {
  return {
    kind: 'full',
    code: 200,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value, null, 2)}\n`,
  }
}

function serveRoot({ registry }: PathServices): ApiAnswer {
  const groups = registry.groups().filter((group) => group.name !== '')
  const paths = [
    '/api',
    ...(registry.group('')?.versions ?? []).map((version) => `/api/${version}`),
    '/apis',
    ...groups.flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map((version) => `/apis/${name}/${version}`),
    ]),
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ]
  return json({ paths })
}

function serveVersion({ gitVersion }: PathServices): ApiAnswer {
  const [, major = '', minor = ''] = /^v([0-9]+)\.([0-9]+)/.exec(gitVersion) ?? []
  return json({
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  })
}

async function serveHealth({ healthChecks }: PathServices, request: ApiRequest): Promise<ApiAnswer> {
  const [endpoint = '', only] = request.path.split('/').filter((word) => word !== '')
  const checks = healthChecks.filter((each) => endpoint !== 'livez' || each.live === true)
  const ping: HealthCheck = { name: 'ping', check() {} }
  const chosen = [ping, ...checks].filter((each) => only === undefined || each.name === only)
  if (chosen.length === 0) throw resourceNotFound()
  const lines: string[] = []
  let failed = false
  for (const each of chosen) {
    const reason = await failureOf(each)
    failed ||= reason !== undefined
    lines.push(reason === undefined ? `[+]${each.name} ok` : `[-]${each.name} failed: ${reason}`)
  }
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`)
  const verbose = failed || request.query.has('verbose')
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return { kind: 'full', code: failed ? 500 : 200, headers, body: verbose ? `${lines.join('\n')}\n` : 'ok' }
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
