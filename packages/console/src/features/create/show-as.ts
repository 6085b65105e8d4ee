/** The same as typed elsewhere. */

import { virtualMachines } from '@berth/api'

export interface Shown {
  id: 'yaml' | 'kubectl' | 'api'
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
