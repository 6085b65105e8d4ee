/** Labels that clients sort and filter instance types and preferences by. */

const group = 'instancetype.kubevirt.io'

/** Of the common instance types whose names and sizes these are. */
const commonVersion = 'v1.7.0'

export type Labels = Record<string, string>

/** With the group in front of each name; a false or missing value is no label. */
export function commonLabels(values: Record<string, string | number | boolean | undefined>): Labels {
  const own: [string, string | number | boolean | undefined][] = Object.entries({
    ...values,
    vendor: 'kubevirt.io',
    'common-instancetypes-version': commonVersion,
  })
  const labels = own
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]): [string, string] => [`${group}/${name}`, String(value)])
  return Object.fromEntries(labels)
}
