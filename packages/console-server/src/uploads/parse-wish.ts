/** Reads what a file is to become; a browser may have sent anything. */

import { isJsonObject, parseQuantity, type JsonObject } from '@berth/meta'
import type { UploadWish } from '@berth/view'
import { readFields, readSegment, readText } from '../channels/request-fields.ts'
import { ConsoleError } from '../errors.ts'

const maxCpus = 512
const maxNetworks = 64
const buses = ['virtio', 'sata', 'scsi'] as const

const bad = (message: string): ConsoleError => new ConsoleError('BadRequest', message)

/** @throws {ConsoleError} BadRequest with the field */
export function parseWish(value: unknown): UploadWish {
  const fields = readFields(value)
  const place = {
    cluster: readText(fields, 'cluster'),
    namespace: readSegment(fields, 'namespace'),
    name: readSegment(fields, 'name'),
    ...segment(fields, 'class'),
  }
  const { kind } = fields
  switch (typeof kind === 'string' ? kind : '') {
    case 'disk':
      return { kind: 'disk', ...place, size: quantity(fields, 'size'), ...segment(fields, 'image') }
    case 'machine':
      return {
        kind: 'machine',
        ...place,
        index: whole(fields['index'] ?? 0, { name: 'index', least: 0, most: 99 }),
        ...(fields['cpus'] === undefined
          ? {}
          : { cpus: whole(fields['cpus'], { name: 'cpus', least: 1, most: maxCpus }) }),
        ...(fields['memory'] === undefined ? {} : { memory: quantity(fields, 'memory') }),
        ...bus(fields['bus']),
        ...(fields['networks'] === undefined ? {} : { networks: networks(fields['networks']) }),
        ...flag(fields, 'keepMacs'),
        ...flag(fields, 'start'),
      }
    default:
      throw bad('request.kind must be disk or machine')
  }
}

function segment<Name extends string>(fields: JsonObject, name: Name): { [Key in Name]?: string } {
  if (fields[name] === undefined) return {}
  // A computed key widens to an index signature; there is only this one.
  return { [name]: readSegment(fields, name) } as { [Key in Name]?: string }
}

function flag<Name extends string>(fields: JsonObject, name: Name): { [Key in Name]?: boolean } {
  const value = fields[name]
  if (value === undefined) return {}
  if (typeof value !== 'boolean') throw bad(`request.${name} must be true or false`)
  return { [name]: value } as { [Key in Name]?: boolean } // as above
}

function quantity(fields: JsonObject, name: string): string {
  const text = readText(fields, name)
  try {
    parseQuantity(text)
    return text
  } catch {
    throw bad(`request.${name} must be a size like 10Gi`)
  }
}

function whole(value: unknown, { name, least, most }: { name: string; least: number; most: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw bad(`request.${name} must be a whole number from ${least} to ${most}`)
}

function bus(value: unknown): { bus?: (typeof buses)[number] } {
  if (value === undefined) return {}
  const known = buses.find((each) => each === value)
  if (known === undefined) throw bad(`request.bus must be one of ${buses.join(', ')}`)
  return { bus: known }
}

function networks(value: unknown): Record<string, string> {
  if (!isJsonObject(value) || Object.keys(value).length > maxNetworks) {
    throw bad(`request.networks must be an object of at most ${maxNetworks} names`)
  }
  const read = Object.entries(value).map(([name, target]): [string, string] => {
    if (
      name.length > 255 ||
      typeof target !== 'string' ||
      !/^(?:pod|[a-z0-9.-]{1,253}(?:\/[a-z0-9.-]{1,253})?)$/.test(target)
    ) {
      throw bad('request.networks must name networks as NAMESPACE/NAME, or pod')
    }
    return [name, target]
  })
  return Object.fromEntries(read)
}
