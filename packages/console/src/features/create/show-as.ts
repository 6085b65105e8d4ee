/** The same as typed elsewhere. */

import { templates, virtualMachines, type VirtualMachineTemplate } from '@berth/api'

export interface Shown {
  id: 'yaml' | 'kubectl' | 'virtctl' | 'berth' | 'api'
  text: string
}

/** @param manifests YAML of each */
export function createShownAs(manifests: readonly string[], namespace: string): Shown[] {
  const yaml = manifests.join('---\n')
  const { group, version, resource } = virtualMachines
  return [
    { id: 'yaml', text: yaml },
    { id: 'kubectl', text: `kubectl create -n ${namespace} -f - <<'EOF'\n${yaml}EOF\n` },
    { id: 'api', text: `POST /apis/${group}/${version}/namespaces/${namespace}/${resource}\n\n${yaml}` },
  ]
}

/** Without passwords: commands end up in histories. */
export function deployShownAs(
  template: VirtualMachineTemplate,
  namespace: string,
  values: Readonly<Record<string, string>>,
): Shown[] {
  const { namespace: home = '', name = '' } = template.metadata
  const stored = new Map((template.spec.parameters ?? []).map((parameter) => [parameter.name, parameter.value]))
  const given = Object.entries(values).filter(([key, value]) => stored.get(key) !== value && !/PASS/i.test(key))
  const params = given.map(([key, value]) => ` -p ${quoted(`${key}=${value}`)}`).join('')
  const path = `/apis/subresources.${templates.group}/${templates.version}/namespaces/${home}/${templates.resource}/${name}/process`
  const body = JSON.stringify({ parameters: Object.fromEntries(given) }, undefined, 2)
  const { group, version, resource } = virtualMachines
  return [
    { id: 'berth', text: `berth template deploy ${home}/${name} -n ${namespace}${params}` },
    {
      id: 'virtctl',
      text: `virtctl template process ${name} -n ${home}${params} | kubectl create -n ${namespace} -f -`,
    },
    {
      id: 'api',
      text: `POST ${path}\n\n${body}\n\nPOST /apis/${group}/${version}/namespaces/${namespace}/${resource}\n\n.virtualMachine`,
    },
  ]
}

function quoted(text: string): string {
  return /^[\w=.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
