/** What is served beside resources: health, version, metrics, discovery, OpenAPI. */

import type { Logger } from '@berth/base'
import { handleDiscovery } from '../discovery/discovery.ts'
import type { ServerMetrics } from '../metrics/metrics.ts'
import { handleOpenApi } from '../openapi/openapi.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { methodNotAllowed } from '../rest/subresource.ts'
import { resourceNotFound } from '../rest/dispatch.ts'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import { isHealthPath, serveHealth } from './health.ts'
import type { HealthCheck, PathDocument } from './options.ts'

export interface PathServices {
  registry: ResourceRegistry
  metrics: ServerMetrics
  gitVersion: string
  healthChecks: readonly HealthCheck[]
  documents: Readonly<Record<string, () => PathDocument>>
  logger: Logger
}

/** @throws {StatusError} NotFound, MethodNotAllowed */
export async function servePath(services: PathServices, request: ApiRequest): Promise<ApiAnswer> {
  const own = Object.hasOwn(ownPaths, request.path) ? ownPaths[request.path] : undefined
  const known = own ?? (isHealthPath(request.path) ? serveHealth : documentAt(services, request.path))
  if (known !== undefined) {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed()
    return known(services, request)
  }
  const answer = handleDiscovery(services.registry, request) ?? handleOpenApi(services.registry, request)
  if (answer === undefined) throw resourceNotFound()
  return answer
}

function documentAt({ documents }: PathServices, path: string): (() => ApiAnswer) | undefined {
  const document = Object.hasOwn(documents, path) ? documents[path] : undefined
  if (document === undefined) return undefined
  return () => {
    const { contentType, body } = document()
    const headers = { 'content-type': contentType, 'cache-control': 'public, max-age=3600' }
    return { kind: 'full', code: 200, headers, body }
  }
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

function serveRoot({ registry, documents }: PathServices): ApiAnswer {
  const groups = registry.groups().filter((group) => group.name !== '')
  const paths = [
    '/api',
    ...(registry.group('')?.versions ?? []).map((version) => `/api/${version}`),
    '/apis',
    ...groups.flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map((version) => `/apis/${name}/${version}`),
    ]),
    ...Object.keys(documents),
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
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Math.max(0, Number(minor) - 1)),
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  })
}
