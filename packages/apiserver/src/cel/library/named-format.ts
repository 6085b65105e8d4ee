/** Kubernetes' named formats: `format.dns1123Label().validate(name)` gives what is wrong, or nothing. */

import { generateNameProblems, hasFormat, isLabelValue, isQualifiedName, nameProblems } from '@berth/meta'
import { opaqueType } from '../types.ts'
import { CelArray, CelOpaque, CelOptional } from '../values.ts'
import { instance, text } from './args.ts'
import { regexCost } from './cost.ts'
import { overload, type Cost, type Library } from './functions.ts'

interface NamedFormat {
  readonly problems: (value: string) => string[]
  /** How long a pattern for it is taken to be by Kubernetes' cost model. */
  readonly patternLength: number
}

const byFormat =
  (format: string, problem: string): NamedFormat['problems'] =>
  (value) =>
    hasFormat(format, value) ? [] : [problem]

const formats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: { problems: (value) => nameProblems('dns1123Label', value), patternLength: 30 },
  dns1123Subdomain: { problems: (value) => nameProblems('dns1123Subdomain', value), patternLength: 60 },
  dns1035Label: { problems: (value) => nameProblems('dns1035Label', value), patternLength: 30 },
  qualifiedName: { problems: isQualifiedName, patternLength: 60 },
  dns1123LabelPrefix: { problems: (value) => generateNameProblems('dns1123Label', value), patternLength: 30 },
  dns1123SubdomainPrefix: { problems: (value) => generateNameProblems('dns1123Subdomain', value), patternLength: 60 },
  dns1035LabelPrefix: { problems: (value) => generateNameProblems('dns1035Label', value), patternLength: 30 },
  labelValue: { problems: isLabelValue, patternLength: 40 },
  uri: {
    problems: (value) =>
      hasFormat('uri', value)
        ? []
        : [`parse ${JSON.stringify(value)}: ${value === '' ? 'empty url' : 'invalid URI for request'}`],
    patternLength: 1104,
  },
  uuid: { problems: byFormat('uuid', 'does not match the UUID format'), patternLength: 71 },
  byte: { problems: byFormat('byte', 'invalid base64'), patternLength: 84 },
  date: { problems: byFormat('date', 'invalid date'), patternLength: 71 },
  datetime: { problems: byFormat('date-time', 'invalid datetime'), patternLength: 71 },
}

class CelFormat extends CelOpaque {
  readonly type = opaqueType('kubernetes.NamedFormat')
  readonly format: NamedFormat
  constructor(format: NamedFormat) {
    super()
    this.format = format
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelFormat && other.format === this.format
  }
}

const values = new Map(Object.entries(formats).map(([name, format]) => [name, new CelFormat(format)]))

const validateCost: Cost = (args) => regexCost(text(args, 1).length, instance(args, 0, CelFormat).format.patternLength)

export const namedFormats: Library = [
  ...[...values].map(([name, format]) => overload(`format.${name}(): kubernetes.NamedFormat`, () => format)),
  overload('format.named(string): optional<kubernetes.NamedFormat>', (a) => new CelOptional(values.get(text(a, 0)))),
  overload(
    '(kubernetes.NamedFormat).validate(string): optional<list<string>>',
    (a) => {
      const problems = instance(a, 0, CelFormat).format.problems(text(a, 1))
      return problems.length === 0 ? new CelOptional() : new CelOptional(new CelArray(problems))
    },
    validateCost,
  ),
]
