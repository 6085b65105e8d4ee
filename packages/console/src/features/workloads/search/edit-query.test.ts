import { describe, expect, it } from 'vitest'
import { asksFor, loosened, scopedQuery, toggleValue } from './edit-query.ts'

describe('a query that facets change', () => {
  it.each([
    ['', 'status', 'Running', 'status:Running'],
    ['web-', 'status', 'Running', 'web- status:Running'],
    ['status:Running web-', 'status', 'Stopped', 'status:Running,Stopped web-'],
    ['status:Running,Stopped web-', 'status', 'Running', 'status:Stopped web-'],
    ['status:running web-', 'status', 'Running', 'web-'],
    ['-status:Running', 'status', 'Running', '-status:Running status:Running'],
    ['', 'node', '', 'node:""'],
    ['node:""', 'node', '', ''],
    ['', 'label:app', 'web', 'label:app=web'],
    ['label:app=web', 'label:app', 'db', 'label:app=web,app=db'],
    ['', 'os', 'Debian GNU/Linux', 'os:"Debian GNU/Linux"'],
    ['memory>=8GiB', 'node', 'n1', 'memory>=8GiB node:n1'],
    ['status:"open', 'node', 'n1', 'status:"open'],
  ])('"%s" with %s = %s becomes "%s"', (text, column, value, expected) => {
    expect(toggleValue(text, column, value)).toBe(expected)
  })

  it('knows what it asks for', () => {
    expect(asksFor('status:running,stopped', 'status', 'Running')).toBe(true)
    expect(asksFor('-status:Running', 'status', 'Running')).toBe(false)
    expect(asksFor('label:app=web', 'label:app', 'web')).toBe(true)
    expect(asksFor('nosuch:x', 'nosuch', 'x')).toBe(false)
  })

  it('is taken back by the same click', () => {
    for (const value of ['a b', 'x,y', '-z', 'q"q', '*', 'Ä']) {
      expect(toggleValue(toggleValue('web-', 'os', value), 'os', value)).toBe('web-')
    }
  })

  it('can be loosened by each of its terms, the last first', () => {
    expect(loosened('web- status:Running node:n1')).toEqual([
      { without: 'node:n1', query: 'web- status:Running' },
      { without: 'status:Running', query: 'web- node:n1' },
      { without: 'web-', query: 'status:Running node:n1' },
    ])
    expect(loosened('web-')).toEqual([])
  })

  it('stands within the scope', () => {
    expect(scopedQuery({}, ' web- ')).toBe('web-')
    expect(scopedQuery({ cluster: 'lab', namespace: 'prod' }, 'web-')).toBe('cluster:lab namespace:prod web-')
    expect(scopedQuery({ cluster: 'two words' }, '')).toBe('cluster:"two words"')
  })
})
