import { describe, expect, it } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { coreServer, requestOf } from '../testing/core-server.ts'
import { encodeDocument } from './proto-document.ts'
import { handleOpenApi } from './openapi.ts'
import { schemaJson } from './schema-json.ts'

const { registry } = coreServer().server
const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

function get(
  path: string,
  headers: Record<string, string> = {},
): { code: number; headers: Record<string, string | string[]>; body: Buffer } {
  const answer = handleOpenApi(registry, requestOf('GET', path, undefined, headers))
  if (answer?.kind !== 'full') throw new Error(`${path} was not answered`)
  return { code: answer.code, headers: answer.headers, body: Buffer.from(answer.body) }
}

function json(path: string): JsonObject {
  return JSON.parse(get(path).body.toString()) as JsonObject
}

function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isJsonObject(found) ? found[key] : undefined), value)
}

/** Every `$ref` anywhere in a document. */
function refsOf(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(refsOf)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, each]) =>
    key === '$ref' && typeof each === 'string' ? [each] : refsOf(each),
  )
}

describe('/openapi/v3', () => {
  const paths = json('/openapi/v3')['paths'] as Record<string, { serverRelativeURL: string }>

  it('indexes every group and version', () => {
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        'api/v1',
        'apis/storage.k8s.io/v1',
        'apis/apps/v1',
        'apis/coordination.k8s.io/v1',
        'apis/scheduling.k8s.io/v1',
      ]),
    )
  })

  it.each(Object.entries(paths))('%s has no dangling reference', (_, { serverRelativeURL }) => {
    const document = json(serverRelativeURL)
    const names = Object.keys(at(document, 'components', 'schemas') as JsonObject).map(
      (name) => `#/components/schemas/${name}`,
    )
    expect(names).toEqual(expect.arrayContaining([...new Set(refsOf(document))]))
  })

  it('lets hashed documents be kept for good', () => {
    const url = paths['api/v1']?.serverRelativeURL ?? ''
    expect(get(url).headers['cache-control']).toBe('public, immutable')
    expect(get('/openapi/v3/api/v1').headers['cache-control']).toBe('no-cache, private')
    expect(get('/openapi/v3/api/v1', { 'if-none-match': get(url).headers['etag']?.toString() ?? '' }).code).toBe(304)
  })

  it('says which kind a path serves and that its patch understands dryRun and fieldValidation', () => {
    const patch = at(json('/openapi/v3/api/v1'), 'paths', '/api/v1/namespaces/{namespace}/pods/{name}', 'patch')
    expect(patch).toMatchObject({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
    })
    expect(at(patch, 'parameters')).toEqual(
      expect.arrayContaining(
        ['dryRun', 'fieldValidation'].map((name) => expect.objectContaining({ name, in: 'query' })),
      ),
    )
  })

  it('knows strategic merge keys', () => {
    const schemas = at(json('/openapi/v3/api/v1'), 'components', 'schemas')
    expect(at(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers')).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
  })

  it.each(['/openapi/v3/apis/nowhere/v1', '/openapi/v3/api', '/openapi/v4'])('leaves %s to others', (path) => {
    expect(handleOpenApi(registry, requestOf('GET', path))).toBeUndefined()
  })
})

describe('/openapi/v2', () => {
  it('has no dangling reference', () => {
    const document = json('/openapi/v2')
    const names = Object.keys(document['definitions'] as JsonObject).map((name) => `#/definitions/${name}`)
    expect(names).toEqual(expect.arrayContaining([...new Set(refsOf(document))]))
    expect(document['swagger']).toBe('2.0')
  })

  it('goes out in protocol buffers to those who ask, under a media type Go can read', () => {
    const { headers, body } = get('/openapi/v2', { accept: protobuf })
    expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    // Field 1, length 3: swagger "2.0".
    expect(body.subarray(0, 5)).toEqual(Buffer.from('\n\u00032.0'))
    expect(get('/openapi/v2', { accept: 'application/json' }).headers['content-type']).toBe('application/json')
  })
})

describe('encodeDocument', () => {
  it('follows the field numbers of OpenAPIv2.proto', () => {
    const document = { swagger: '2.0', definitions: { A: { type: 'string', 'x-b': 1 } } }
    // A Schema: field 31 (x-b: an Any with YAML in field 2), field 22 (type: a list with one text).
    const type = [0xb2, 0x01, 8, 0x0a, 6, ...Buffer.from('string')]
    const extension = [0xfa, 0x01, 10, 0x0a, 3, ...Buffer.from('x-b'), 0x12, 3, 0x12, 1, ...Buffer.from('1')]
    const schema = [...type, ...extension]
    const named = [0x0a, 1, ...Buffer.from('A'), 0x12, schema.length, ...schema]
    const expected = [0x0a, 3, ...Buffer.from('2.0'), 0x4a, named.length + 2, 0x0a, named.length, ...named]
    expect([...encodeDocument(document)]).toEqual(expected)
  })

  it('refuses what it has no field for', () => {
    expect(() => encodeDocument({ swagger: '2.0', surprise: true })).toThrow('no field for "surprise"')
  })
})

describe('schemaJson', () => {
  it.each([
    [{ type: 'string', format: 'quantity' }, '#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity'],
    [{ intOrString: true }, '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString'],
    [{ type: 'string', format: 'date-time' }, '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time'],
  ] as const)('%j refers to %s', (schema, $ref) => {
    expect(schemaJson(schema, 'v2')).toEqual({ $ref })
  })

  it('wraps a reference that has something beside it, in v3 only', () => {
    const schema = { ref: 'X', description: 'words' }
    expect(schemaJson(schema, 'v3')).toEqual({ description: 'words', allOf: [{ $ref: '#/components/schemas/X' }] })
    expect(schemaJson(schema, 'v2')).toEqual({ description: 'words', $ref: '#/definitions/X' })
  })
})
