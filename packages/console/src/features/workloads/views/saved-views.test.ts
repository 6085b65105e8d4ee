import { describe, expect, it } from 'vitest'
import { readViews, shownView, withoutView, withView } from './saved-views.ts'

const web = { name: 'Web', q: 'web-', sort: '-memory', group: 'node', columns: 'name,status' }

describe('saved views', () => {
  it.each([
    ['nothing', undefined, []],
    ['something else', 'text', []],
    ['views', [web], ['Web']],
    ['views with a bad one', [null, 3, { q: 'x' }, { name: ' ' }, web, web], ['Web']],
  ])('are read from %s', (_what, value, names) => {
    expect(readViews(value).map(({ name }) => name)).toEqual(names)
  })

  it('have texts for what is missing', () => {
    expect(readViews([{ name: 'All', q: 3 }])).toEqual([{ name: 'All', q: '', sort: '', group: '', columns: '' }])
  })

  it('are added, replaced under the same name, and removed', () => {
    const views = withView(withView([], web), { ...web, name: 'Db ' })
    expect(views.map(({ name }) => name)).toEqual(['Web', 'Db'])
    expect(withView(views, { ...web, q: 'new' })[0]?.q).toBe('new')
    expect(withoutView(views, 'Web').map(({ name }) => name)).toEqual(['Db'])
  })

  it('are bounded', () => {
    let views = readViews([])
    for (let at = 0; at < 60; at++) views = withView(views, { ...web, name: `${at}${'x'.repeat(80)}` })
    expect(views).toHaveLength(40)
    expect(views[0]?.name).toHaveLength(60)
  })

  it('know which of them is shown', () => {
    const { name: _name, ...shown } = web
    expect(shownView([web], shown)?.name).toBe('Web')
    expect(shownView([web], { ...shown, q: '' })).toBeUndefined()
  })
})
