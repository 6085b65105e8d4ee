/** What makes the ports of a service invalid. */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  isDns1123Label,
  isQualifiedName,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { numberAt, textAt } from './fields.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

export function portsCauses(ports: JsonObject[], type: string): StatusCause[] {
  const causes: StatusCause[] = []
  const seen = { names: new Set<string>(), numbers: new Set<string>(), onNodes: new Set<string>() }
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`
    const name = textAt(port, 'name')
    if (name === '' && ports.length > 1) causes.push(requiredValue(`${path}.name`))
    if (name !== '') {
      causes.push(...isDns1123Label(name).map((problem) => invalidValue(`${path}.name`, name, problem)))
      if (seen.names.has(name)) causes.push(duplicateValue(`${path}.name`, name))
      seen.names.add(name)
    }
    const protocol = textAt(port, 'protocol')
    if (!protocols.includes(protocol)) causes.push(unsupportedValue(`${path}.protocol`, protocol, protocols))
    causes.push(...numberCauses(numberAt(port, 'port'), `${path}.port`), ...targetCauses(port, `${path}.targetPort`))
    const application = textAt(port, 'appProtocol')
    if (application !== '') {
      causes.push(...isQualifiedName(application).map((why) => invalidValue(`${path}.appProtocol`, application, why)))
    }
    const key = `${protocol}/${numberAt(port, 'port')}`
    if (seen.numbers.has(key)) causes.push(duplicateValue(path, { port: numberAt(port, 'port'), protocol }))
    seen.numbers.add(key)
    const onNode = numberAt(port, 'nodePort')
    if (onNode === 0) return
    if (type === 'ClusterIP' || type === 'ExternalName') {
      causes.push(forbiddenValue(`${path}.nodePort`, `may not be used when \`type\` is '${type}'`))
    }
    if (seen.onNodes.has(`${protocol}/${onNode}`)) causes.push(duplicateValue(`${path}.nodePort`, onNode))
    seen.onNodes.add(`${protocol}/${onNode}`)
  })
  return causes
}

function targetCauses(port: JsonObject, path: string): StatusCause[] {
  const target = port['targetPort']
  if (typeof target === 'number') return numberCauses(target, path)
  if (typeof target !== 'string') return []
  return portNameProblems(target).map((problem) => invalidValue(path, target, problem))
}

/** Names of services as IANA registers them (RFC 6335), in the words of apimachinery's IsValidPortName. */
const portNameRules: [(name: string) => boolean, string][] = [
  [(name) => name.length > 15, 'must be no more than 15 characters'],
  [(name) => !/^[-a-z0-9]+$/.test(name), 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
  [(name) => !/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
  [(name) => name.includes('--'), 'must not contain consecutive hyphens'],
  [(name) => name.startsWith('-') || name.endsWith('-'), 'must not begin or end with a hyphen'],
]

function portNameProblems(name: string): string[] {
  return portNameRules.flatMap(([broken, problem]) => (broken(name) ? [problem] : []))
}

function numberCauses(port: number, path: string): StatusCause[] {
  return port >= 1 && port <= 65_535 ? [] : [invalidValue(path, port, 'must be between 1 and 65535, inclusive')]
}
