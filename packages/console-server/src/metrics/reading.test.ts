import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPoints } from './exposition.ts'
import { memoryOf, missingOf, readingsOf, sampleBetween } from './reading.ts'

const scrape = `# HELP kubevirt_vmi_cpu_usage_seconds_total x
# TYPE kubevirt_vmi_cpu_usage_seconds_total counter
kubevirt_vmi_cpu_usage_seconds_total{node="n",namespace="a",name="web"} 12.5
kubevirt_vmi_storage_read_traffic_bytes_total{node="n",namespace="a",name="web",drive="root"} 100
kubevirt_vmi_storage_read_traffic_bytes_total{node="n",namespace="a",name="web",drive="da\\"ta,}"} 50 1700000000000
kubevirt_vmi_memory_available_bytes{namespace="a",name="web"} 1000
kubevirt_vmi_memory_usable_bytes{namespace="a",name="web"} 300
kubevirt_vmi_memory_resident_bytes{namespace="b",name="web"} 7
kubevirt_vmi_phase_count{node="n",phase="running"} 2
other 3
kubevirt_vmi_broken{a="b
kubevirt_vmi_memory_resident_bytes{namespace="c",name="x"} NaN`

test('a scrape becomes readings by machine, drives summed', () => {
  const readings = readingsOf(scrape)
  expect([...readings.keys()]).toEqual(['a/web', 'b/web'])
  expect(readings.get('a/web')).toEqual({
    cpuSeconds: 12.5,
    diskRead: 150,
    guestTotalBytes: 1000,
    guestUsableBytes: 300,
  })
})

test('whatever a server sends is read or passed over', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const { value } of readPoints(`m${text}`, 'm')) expect(Number.isFinite(value)).toBe(true)
    }),
  )
})

test('rates are of the time between; a machine that began anew has none', () => {
  const first = { time: 1000, reading: { cpuSeconds: 1, diskRead: 10, residentBytes: 5 } }
  const second = { time: 3000, reading: { cpuSeconds: 2, diskRead: 30, residentBytes: 6 } }
  expect(sampleBetween(undefined, first)).toEqual({ time: 1000, memoryUsed: 5 })
  expect(sampleBetween(first, second)).toEqual({ time: 3000, cpu: 0.5, diskRead: 10, memoryUsed: 6 })
  expect(sampleBetween(second, { time: 4000, reading: { cpuSeconds: 0, residentBytes: 7 } })).toEqual({
    time: 4000,
    memoryUsed: 7,
  })
})

test.each([
  [
    'as the guest tells',
    { guestTotalBytes: 100, guestUsableBytes: 30, residentBytes: 50 },
    { used: 70, available: 100 },
  ],
  ['as the host gives', { residentBytes: 50 }, { used: 50 }],
  ['not at all', {}, {}],
])('memory is counted %s', (_how, reading, expected) => {
  expect(memoryOf(reading)).toEqual(expected)
})

test('what is not measured is said', () => {
  expect(missingOf({ residentBytes: 1 }).map(({ what }) => what)).toEqual(['guest-memory', 'network', 'disk'])
})
