/** template.kubevirt.io: machines with blanks to fill in, requests to make such a template from a machine, and what processing answers. */

import type { Condition, JsonObject, KubeObject } from '@berth/meta'

export interface TemplateParameter {
  /** Referred to as `${NAME}`, or `${{NAME}}` where the value is no text. */
  name: string
  displayName?: string
  description?: string
  /** Everybody who may read the template reads this. */
  value?: string
  /** The one generator there is. */
  generate?: 'expression'
  /** What the generator works from: `[a-z0-9]{8}`. */
  from?: string
  required?: boolean
}

export interface VirtualMachineTemplate extends KubeObject {
  spec: {
    /** A VirtualMachine with parameters in its texts; apiVersion and kind may be left out. */
    virtualMachine: JsonObject
    parameters?: TemplateParameter[]
    /** For the person who deploys it; may have parameters in it. */
    message?: string
  }
  status?: { conditions?: Condition[] }
}

export interface VirtualMachineTemplateRequest extends KubeObject {
  spec: {
    virtualMachineRef: { namespace: string; name: string }
    /** That of the request unless given. */
    templateName?: string
    templateLabels?: Record<string, string>
    ttlSecondsAfterFinished?: number
  }
  status?: { conditions?: Condition[]; templateRef?: { name?: string } }
}

/** Answer of the subresources process and create. */
export interface ProcessedTemplate {
  apiVersion: string
  kind: 'ProcessedVirtualMachineTemplate'
  templateRef: { namespace: string; name: string }
  virtualMachine: JsonObject
  message?: string
}
