/** The name rules of Kubernetes (apimachinery `pkg/util/validation`). Each check returns the problems found, in its words. */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const qualifiedWords =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

interface NameRule {
  pattern: string
  words: string
  examples: string[]
  maxLength: number
}

const rules = {
  dns1123Label: {
    pattern: label,
    words:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    examples: ['my-name', '123-abc'],
    maxLength: 63,
  },
  dns1123Subdomain: {
    pattern: `${label}(\\.${label})*`,
    words:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    examples: ['example.com'],
    maxLength: 253,
  },
  dns1035Label: {
    pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
    words:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    examples: ['my-name', 'abc-123'],
    maxLength: 63,
  },
  qualifiedPart: {
    pattern: qualified,
    words: qualifiedWords,
    examples: ['MyName', 'my.name', '123-abc'],
    maxLength: 63,
  },
  labelValue: {
    pattern: `(${qualified})?`,
    words: `a valid label must be an empty string or ${qualifiedWords.slice('must '.length)}`,
    examples: ['MyValue', 'my_value', '12345'],
    maxLength: 63,
  },
} satisfies Record<string, NameRule>

const compiled = new Map(Object.values(rules).map((rule) => [rule.pattern, new RegExp(`^${rule.pattern}$`)]))

function patternProblem(rule: NameRule): string {
  const examples = rule.examples.map((example) => `'${example}', `).join(' or ')
  return `${rule.words} (e.g. ${examples}regex used for validation is '${rule.pattern}')`
}

function check(rule: NameRule, value: string): string[] {
  const problems: string[] = []
  if (value.length > rule.maxLength) problems.push(`must be no more than ${rule.maxLength} characters`)
  // A hostile value is only tested up to the limit's size, so the time a check takes is bounded.
  const tested = value.slice(0, rule.maxLength + 1)
  if (compiled.get(rule.pattern)?.test(tested) !== true) problems.push(patternProblem(rule))
  return problems
}

/** Names that become one DNS label, such as namespaces. */
export function isDns1123Label(value: string): string[] {
  return check(rules.dns1123Label, value)
}

/** The name rule of most kinds. */
export function isDns1123Subdomain(value: string): string[] {
  return check(rules.dns1123Subdomain, value)
}

/** The name rule of Services: a label that starts with a letter. */
export function isDns1035Label(value: string): string[] {
  return check(rules.dns1035Label, value)
}

/** Keys of labels and annotations, finalizers: `name` or `example.com/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/', 3)
  if (parts.length > 2) {
    return [
      `a qualified name ${patternProblem(rules.qualifiedPart)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const [first = '', second] = parts
  const name = second ?? first
  const problems: string[] = []
  if (second !== undefined && first === '') problems.push('prefix part must be non-empty')
  else if (second !== undefined) problems.push(...isDns1123Subdomain(first).map((text) => `prefix part ${text}`))
  if (name === '') problems.push('name part must be non-empty')
  problems.push(...check(rules.qualifiedPart, name).map((text) => `name part ${text}`))
  return problems
}

export function isLabelValue(value: string): string[] {
  return check(rules.labelValue, value)
}

/** The name rule of RBAC kinds and others whose names only have to fit into a URL path. */
export function isPathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`)
}

/** Which rule a kind's `metadata.name` follows. */
export type NameKind = 'dns1123Subdomain' | 'dns1123Label' | 'dns1035Label' | 'pathSegment'

const nameChecks: Record<NameKind, (value: string) => string[]> = {
  dns1123Subdomain: isDns1123Subdomain,
  dns1123Label: isDns1123Label,
  dns1035Label: isDns1035Label,
  pathSegment: isPathSegmentName,
}

/** Problems of a whole object name. */
export function nameProblems(kind: NameKind, name: string): string[] {
  return nameChecks[kind](name)
}

/** Problems of a `generateName`: as a name, but it may end in a dash because a random tail follows. */
export function generateNameProblems(kind: NameKind, prefix: string): string[] {
  const masked = prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -1)}a` : prefix
  return nameChecks[kind](masked)
}
