import { describe, expect, it } from 'vitest'
import { definePath, homePath, machineTabPath, workloadsPath } from './paths.ts'

describe('paths', () => {
  it('put their parts in, escaped', () => {
    const place = { cluster: 'local', namespace: 'a/b', name: 'web 1?#', tab: 'yaml' }
    expect(machineTabPath(place)).toBe('/machines/local/a%2Fb/web%201%3F%23/yaml')
    expect(machineTabPath.pattern).toBe('/machines/$cluster/$namespace/$name/$tab')
  })

  it('leave out what is not said', () => {
    expect(homePath()).toBe('/')
    expect(workloadsPath({ q: 'status:Running web-', detail: undefined, sort: '' })).toBe(
      '/workloads?q=status%3ARunning+web-',
    )
  })

  it('put nothing of a value into the pattern of another', () => {
    expect(definePath('/x/$a/$b')({ a: '$b', b: '$a' })).toBe('/x/%24b/%24a')
  })
})
