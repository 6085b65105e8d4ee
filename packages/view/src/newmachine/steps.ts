/** Steps of the wizard, and which of them a refused field belongs to. */

export const wizardSteps = ['source', 'size', 'disks', 'network', 'guest', 'placement', 'review'] as const
export type WizardStep = (typeof wizardSteps)[number]

/** First match wins. Paths as the server writes them in causes. */
const places: readonly (readonly [RegExp, WizardStep])[] = [
  [/cloudInit|sysprep|accessCredentials|userData|networkData/, 'guest'],
  [/dataVolumeTemplates|\.volumes|devices\.disks|devices\.filesystems/, 'disks'],
  [/devices\.interfaces|\.networks|dnsPolicy|dnsConfig|hostname|subdomain/, 'network'],
  [
    /domain\.(cpu|memory|resources|ioThreads|firmware|machine|features|clock|cpuArch)|instancetype|preference|devices\.tpm/,
    'size',
  ],
  [
    /nodeSelector|affinity|tolerations|evictionStrategy|runStrategy|terminationGrace|topologySpread|priorityClass|architecture/,
    'placement',
  ],
  [/^metadata|^name$|namespace/, 'source'],
]

export function stepOfField(field: string | undefined): WizardStep {
  if (field === undefined) return 'review'
  return places.find(([pattern]) => pattern.test(field))?.[1] ?? 'review'
}
