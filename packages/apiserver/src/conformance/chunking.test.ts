import { describe, expect, it } from 'vitest'
import { at, namesIn, usePlane, textAt } from './testing/plane.ts'

const plane = usePlane()

async function filled(count: number): Promise<string> {
  const namespace = await plane.namespace()
  const templates = `/api/v1/namespaces/${namespace}/secrets`
  for (let index = 0; index < count; index += 1) {
    const name = `s-${String(index).padStart(3, '0')}`
    await plane.ok('POST', templates, { apiVersion: 'v1', kind: 'Secret', metadata: { name } })
  }
  return templates
}

const token = (body: Parameters<typeof at>[0]): string => textAt(body, 'metadata', 'continue')

describe('a list in pages', () => {
  it('gives every object once, all of one version, and says how many are left', async () => {
    const path = await filled(11)
    const names: string[] = []
    const versions = new Set<unknown>()
    const left: unknown[] = []
    let more = ''
    do {
      const page = await plane.ok('GET', `${path}?limit=4&continue=${encodeURIComponent(more)}`)
      names.push(...namesIn(page))
      versions.add(at(page, 'metadata', 'resourceVersion'))
      left.push(at(page, 'metadata', 'remainingItemCount'))
      more = token(page)
    } while (more !== '')
    expect(names).toEqual(Array.from({ length: 11 }, (_, index) => `s-${String(index).padStart(3, '0')}`))
    expect(versions.size).toBe(1)
    expect(left).toEqual([7, 3, undefined])
  })

  it('shows later pages as they were when the first was given', async () => {
    const path = await filled(4)
    const first = await plane.ok('GET', `${path}?limit=2`)
    await plane.ok('DELETE', `${path}/s-003`)
    await plane.ok('POST', path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's-002a' } })
    const second = await plane.ok('GET', `${path}?limit=2&continue=${encodeURIComponent(token(first))}`)
    expect(namesIn(second)).toEqual(['s-002', 's-003'])
    expect(at(second, 'metadata', 'resourceVersion')).toBe(at(first, 'metadata', 'resourceVersion'))
    expect(namesIn(await plane.ok('GET', path))).toEqual(['s-000', 's-001', 's-002', 's-002a'])
  })

  it('does not say how many are left of a selection', async () => {
    const page = await plane.ok('GET', `${await filled(3)}?limit=1&labelSelector=!a`)
    expect(token(page)).not.toBe('')
    expect(at(page, 'metadata', 'remainingItemCount')).toBeUndefined()
  })

  it('may skip what a selector leaves out, and ends without a token', async () => {
    const path = await filled(5)
    await plane.ok(
      'PATCH',
      `${path}/s-004`,
      { metadata: { labels: { a: 'b' } } },
      { type: 'application/merge-patch+json' },
    )
    const names: string[] = []
    let more = ''
    do {
      const page = await plane.ok('GET', `${path}?limit=2&labelSelector=a&continue=${encodeURIComponent(more)}`)
      names.push(...namesIn(page))
      more = token(page)
    } while (more !== '')
    expect(names).toEqual(['s-004'])
  })

  it.each([
    ['limit=1&continue=nonsense', 400],
    ['continue=e30', 400],
    ['limit=x', 400],
  ])('refuses %s with %i', async (query, code) => {
    const reply = await plane.call('GET', `/api/v1/secrets?${query}`)
    expect(reply.code).toBe(code)
    expect(reply.body).toMatchObject({ kind: 'Status', code })
  })

  it('refuses a version beside a token', async () => {
    const first = await plane.ok('GET', `${await filled(2)}?limit=1`)
    const reply = await plane.call(
      'GET',
      `/api/v1/secrets?limit=1&resourceVersion=5&continue=${encodeURIComponent(token(first))}`,
    )
    expect([400, 422]).toContain(reply.code)
  })

  it.each([
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersion=5&resourceVersionMatch=Unknown', 422],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422],
    ['resourceVersion=x', 400],
    ['sendInitialEvents=true', 422],
  ])('refuses %s with %i', async (query, code) => {
    expect((await plane.call('GET', `/api/v1/secrets?${query}`)).code).toBe(code)
  })

  it('of an exact version is the state of that version', async () => {
    const path = await filled(1)
    const before = textAt(await plane.ok('GET', path), 'metadata', 'resourceVersion')
    await plane.ok('POST', path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'later' } })
    const then = await plane.ok('GET', `${path}?resourceVersion=${before}&resourceVersionMatch=Exact`)
    expect(namesIn(then)).toEqual(['s-000'])
    expect(at(then, 'metadata', 'resourceVersion')).toBe(before)
    const since = await plane.ok('GET', `${path}?resourceVersion=${before}&resourceVersionMatch=NotOlderThan`)
    expect(namesIn(since)).toContain('later')
  })
})
