/** Admission of the ports a network card lets through. */

import type { StatusCause } from '@berth/meta'
import type { Interface } from '../types/domain.ts'
import type { Card } from './card.ts'
import { duplicateField, invalidField, requiredField } from './cause.ts'

const maxPort = 65_535
const maxRanges = 10

export function ports({ card, network, at }: Card): StatusCause[] {
  if (network?.pod === undefined || card.ports === undefined) return []
  return [...portNames(card.ports, at), ...card.ports.flatMap((port, index) => onePort(port, `${at}.ports[${index}]`))]
}

type Port = NonNullable<Interface['ports']>[number]

function portNames(list: readonly Port[], at: string): StatusCause[] {
  const seen = new Set<string>()
  return list.flatMap(({ name }, index) => {
    if (name === undefined || name === '') return []
    const field = `${at}.ports[${index}].name`
    const again = seen.has(name)
    seen.add(name)
    return [
      ...(again ? [duplicateField(field, `Duplicate name of the port: ${name}`)] : []),
      ...(isPortName(name) ? [] : [invalidField(field, `Invalid name of the port: ${name}`)]),
    ]
  })
}

/** At most 15 lower case letters, digits and single dashes inside, with a letter (RFC 6335). */
function isPortName(name: string): boolean {
  return name.length <= 15 && /[a-z]/.test(name) && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
}

function onePort({ port, protocol }: Port, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  if ((port ?? 0) === 0) causes.push(requiredField(`${field}.port`, 'Port field is mandatory.'))
  if (port < 0 || port > maxPort) {
    causes.push(invalidField(`${field}.port`, 'Port field must be in range 0 < x < 65536.'))
  }
  if (!['', 'TCP', 'UDP'].includes(protocol ?? '')) {
    causes.push(invalidField(`${field}.protocol`, 'Unknown protocol, only TCP or UDP allowed'))
  }
  return causes
}

type Range = NonNullable<Interface['portRanges']>[number]

export function portRanges({ card, network, at, configuration }: Card): StatusCause[] {
  const ranges = card.portRanges
  if (ranges === undefined) return []
  if (!configuration.enabled('PortRangesSpec')) {
    const message = 'portRanges is specified on interface but the PortRangesSpec feature gate is not enabled'
    return [invalidField(`${at}.name`, message)]
  }
  if (network?.pod === undefined) return []
  const causes: StatusCause[] = []
  if (card.ports !== undefined) {
    causes.push(invalidField(`${at}.name`, 'Cannot define both ports and portRanges on interface'))
  }
  if (card.masquerade === undefined) {
    causes.push(invalidField(`${at}.name`, 'portRanges are only supported on masquerade interfaces'))
  }
  const field = `${at}.portRanges`
  if (ranges.length > maxRanges) {
    return [...causes, invalidField(field, `No more than ${maxRanges} portRanges are allowed`)]
  }
  const problems = ranges.map((range, index) => rangeProblem(range, `${field}[${index}]`))
  const sound = ranges.filter((_range, index) => problems[index] === undefined)
  return [
    ...causes,
    ...problems.filter((problem) => problem !== undefined),
    ...(['TCP', 'UDP'] as const).flatMap((protocol) =>
      overlaps(
        sound.filter((range) => range.protocol === protocol),
        protocol,
        field,
      ),
    ),
  ]
}

function rangeProblem({ start, end, protocol }: Range, field: string): StatusCause | undefined {
  if (protocol !== 'TCP' && protocol !== 'UDP') {
    return invalidField(`${field}.protocol`, 'Unknown protocol, only TCP or UDP allowed')
  }
  if (start <= 0 || start > maxPort) {
    return invalidField(`${field}.start`, 'Start must be a valid port number, 0 < x < 65536')
  }
  if (end <= 0 || end > maxPort) return invalidField(`${field}.end`, 'End must be a valid port number, 0 < x < 65536')
  return start > end ? invalidField(`${field}.start`, 'Start must be less than or equal to end') : undefined
}

/** Of neighbours in order; ten ranges at most. */
function overlaps(ranges: readonly Range[], protocol: string, field: string): StatusCause[] {
  const sorted = ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)
  return sorted.flatMap((current, index) => {
    const previous = sorted[index - 1]
    if (previous === undefined || current.start > previous.end) return []
    const message = `${protocol} portRanges [${previous.start}-${previous.end}] and [${current.start}-${current.end}] overlap`
    return [invalidField(field, message)]
  })
}
