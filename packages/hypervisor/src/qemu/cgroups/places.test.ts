import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPlaces, folderOf, parseMembership, parseMounts } from './places.ts'

const unified = `
24 30 0:22 / /proc rw,nosuid - proc proc rw
35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
`
const separate = `
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 /docker/abc /sys/fs/cgroup/pids rw,relatime master:7 - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`

describe('where control groups can be made', () => {
  it('version 2: from the top of the tree to this process', () => {
    expect(findPlaces(unified, '0::/user.slice/user-1000.slice\n')).toEqual({
      v1: new Map(),
      v2: ['/sys/fs/cgroup', '/sys/fs/cgroup/user.slice', '/sys/fs/cgroup/user.slice/user-1000.slice'],
    })
  })

  it('version 2 at its root', () => {
    expect(findPlaces(unified, '0::/').v2).toEqual(['/sys/fs/cgroup'])
  })

  it('version 1: below this process, each controller in its own tree, also where a container sees only a part', () => {
    const membership = '4:pids:/docker/abc\n3:memory:/system.slice/berth.service\n2:cpu,cpuacct:/\n0::/\n'
    expect(findPlaces(separate, membership)).toEqual({
      v1: new Map([
        ['cpu', '/sys/fs/cgroup/cpu,cpuacct'],
        ['memory', '/sys/fs/cgroup/memory/system.slice/berth.service'],
        ['pids', '/sys/fs/cgroup/pids'],
      ]),
      v2: ['/sys/fs/cgroup/unified'],
    })
  })

  it('nothing where nothing is mounted, or where the own group is not in what is mounted', () => {
    expect(findPlaces('', '0::/')).toEqual({ v1: new Map(), v2: [] })
    const mount = { version: 1, options: ['pids'], root: '/docker/abc', path: '/c' } as const
    expect(folderOf({ ...mount, options: ['pids'] }, '/docker/abcd')).toBeUndefined()
    expect(folderOf({ ...mount, options: ['pids'] }, '/docker/abc/x')).toBe('/c/x')
  })

  it('reads paths that the kernel has escaped', () => {
    expect(parseMounts('1 2 0:1 / /a\\040b\\134c rw - cgroup2 cgroup2 rw')).toMatchObject([{ path: '/a b\\c' }])
  })

  it('takes a group whose name has colons', () => {
    expect(parseMembership('0::/a:b').get('')).toBe('/a:b')
  })

  it('never throws, whatever the kernel would say', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (mounts, membership) => {
        expect(Array.isArray(findPlaces(mounts, membership).v2)).toBe(true)
      }),
    )
  })
})
